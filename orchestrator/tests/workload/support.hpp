// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "util/file.hpp"
#include "workload/definition.hpp"
#include "workload/frames.hpp"

namespace klab::testing {

inline TemporaryDirectory scratch() {
  return TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-workload-").value();
}

inline void put(const std::filesystem::path& path, std::string_view content, bool executable = false) {
  make_directories(path.parent_path()).value();
  write_file_atomic(path, content).value();
  std::filesystem::permissions(path,
                               executable ? std::filesystem::perms(0755) : std::filesystem::perms(0644));
}

inline std::filesystem::path data(std::string_view name) {
  return std::filesystem::path(KLAB_TEST_DATA) / "workload" / name;
}

// What every hello has of the host.
inline const std::string host_fields =
    R"("hypervisor":"none","dmi":"Maker; Box; 1.0","cpu":"Some CPU","microcode":"0x2b","turbo":"off","smt":"on",)"
    R"("cstates":"intel_idle: POLL, C1","governor":"performance","mitigations":"l1tf: Not affected","throttled":"3")";

inline std::string frame(std::uint64_t sequence, std::string_view payload) {
  return fmt::format("klab1 {} {} {:08x} {}\n", sequence, payload.size(), crc32(payload), payload);
}

inline std::string frames(const std::vector<std::string>& payloads) {
  std::string out;
  for (std::size_t i = 0; i < payloads.size(); ++i) out += frame(i, payloads[i]);
  return out;
}

}  // namespace klab::testing
