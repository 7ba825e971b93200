// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/generated_lab.hpp"

#include <algorithm>
#include <cmath>

namespace klab::bench {
namespace {

std::string word(Random& random, std::size_t letters) {
  std::string out;
  for (std::size_t i = 0; i < letters; ++i) out += static_cast<char>('a' + random.below(26));
  return out;
}

}  // namespace

double normal(Random& random) {
  const auto uniform = [&] { return (static_cast<double>(random.below(1ull << 52)) + 1.0) / static_cast<double>((1ull << 52) + 1); };
  return std::sqrt(-2.0 * std::log(uniform())) * std::cos(6.283185307179586 * uniform());
}

GeneratedTexts::GeneratedTexts(std::uint64_t seed) {
  Random random(seed);
  for (int line = 0; line < 210; ++line)
    console_.push_back(fmt::format("{}: {} {} [{} 0x{:08x}-0x{:08x}] {}", word(random, 4 + random.below(6)), word(random, 3 + random.below(8)),
                                   word(random, 5), word(random, 3), random.below(1u << 31), random.below(1u << 31), word(random, 6 + random.below(12))));
  for (int line = 0; line < 1500; ++line)
    objects_.push_back(fmt::format("  CC      {}/{}/{}.o\n", word(random, 4), word(random, 5 + random.below(4)), word(random, 6 + random.below(9))));
  for (int line = 0; line < 1900; ++line) {
    auto name = word(random, 8 + random.below(14));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    symbols_.push_back(random.below(3) == 0 ? fmt::format("CONFIG_{}=y\n", name) : fmt::format("# CONFIG_{} is not set\n", name));
  }
}

// Ten lines of a boot are its own: what was calibrated, how much memory was free.
std::string GeneratedTexts::console(Random& random, const std::string& release) const {
  std::string text = fmt::format("Linux version {} (klab@klab) (gcc (Debian 12.2.0) 12.2.0) #1 SMP Sat Jan  1 00:00:00 UTC 2000\n", release);
  for (std::size_t line = 0; line < console_.size(); ++line) {
    text += console_[line];
    if (line % 21 == 20) text += fmt::format(" {} {}", random.below(100'000'000), random.below(100'000));
    text += '\n';
  }
  return text + "klab: init\nklab: runner start\nklab: done\nreboot: Power down\n";
}

// The order of a parallel build is its own, too, a little.
std::string GeneratedTexts::build_log(Random& random, const std::string& release) const {
  auto lines = objects_;
  for (int i = 0; i < 150; ++i) {
    const auto at = random.below(lines.size() - 1);
    std::swap(lines[at], lines[at + 1]);
  }
  std::string text = "klab: building " + release + "\n";
  for (const auto& line : lines) text += line;
  return text;
}

std::string GeneratedTexts::config(const std::string& release) const {
  std::string text = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 " + release + " Kernel Configuration\n#\n";
  for (const auto& line : symbols_) text += line;
  return text;
}

std::vector<GeneratedRow> generated_rows() {
  std::vector<GeneratedRow> rows;
  double scale = 1.0;
  for (const char* scope : {"cpu", "smt", "cache", "numa", "system"}) {
    for (const auto& [metric, usual] : {std::pair{"p50", 830.0}, {"p90", 6100.0}, {"p95", 9800.0}, {"p99", 31'000.0}})
      rows.push_back({scope, metric, usual * scale});
    rows.push_back({scope, "throughput", 410'000.0 / scale});
    scale *= 1.17;
  }
  return rows;
}

void add_results(BootEnd& end, Random& random, double factor) {
  const double boot = std::exp(0.012 * normal(random));
  for (const auto& row : generated_rows()) {
    const bool rate = row.metric == "throughput";
    std::vector<double> kept;
    for (int pass = 0; pass < 4; ++pass) {
      double value = row.usual * boot * std::exp(0.02 * normal(random));
      value = rate ? value / factor : std::round(value * factor);
      end.samples.push_back({"workqueue", row.case_name, row.metric, pass, pass == 0, value});
      if (pass > 0) kept.push_back(value);
    }
    std::sort(kept.begin(), kept.end());
    end.summaries.push_back({"workqueue", row.case_name, row.metric, kept[1], 3});
  }
}

}  // namespace klab::bench
