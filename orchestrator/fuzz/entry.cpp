// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    klab::fuzz::KLAB_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  } catch (const klab::fuzz::PropertyBroken& broken) {
    std::fprintf(stderr, "property broken: %s\n", broken.what());
    std::abort();
  }
  return 0;
}
