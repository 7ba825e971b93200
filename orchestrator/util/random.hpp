// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace klab {

// Seeded randomness whose results are the same on every machine: the engine is fixed by the
// standard, the distributions of <random> are not, so none of them is used.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() { return engine_(); }
  // Uniform in [0, bound), bound > 0, without modulo bias.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t limit = engine_.max() - (engine_.max() % bound + 1) % bound;
    std::uint64_t value = engine_();
    while (value > limit) value = engine_();
    return value % bound;
  }
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

std::uint64_t entropy_seed();  // from the operating system; positive and below 2^53, so that JSON keeps it

}  // namespace klab
