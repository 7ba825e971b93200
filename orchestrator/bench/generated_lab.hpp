// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "store/boot_store.hpp"
#include "util/random.hpp"

namespace klab::bench {

// What boots and builds say, of the size and likeness that workqueue:profile=quick has under QEMU.
class GeneratedTexts {
 public:
  explicit GeneratedTexts(std::uint64_t seed);
  std::string console(Random& random, const std::string& release) const;
  std::string build_log(Random& random, const std::string& release) const;
  std::string config(const std::string& release) const;

 private:
  std::vector<std::string> console_, objects_, symbols_;
};

double normal(Random& random);

// Cases and metrics of that workload; each with its usual value.
struct GeneratedRow {
  std::string case_name, metric;
  double usual = 0.0;
};
std::vector<GeneratedRow> generated_rows();

// The results of a boot whose kernel takes `factor` of the usual time: four passes of each case, the first a warm-up.
// Rates go the other way.
void add_results(BootEnd& end, Random& random, double factor);

}  // namespace klab::bench
