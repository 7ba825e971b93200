// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/frames.hpp"

#include <cmath>

#include "fuzz/target.hpp"
#include "util/text.hpp"
#include "workload/results.hpp"

namespace klab::fuzz {
namespace {

constexpr FrameLimits limits{.frame = 1024, .total = 64 * 1024};

std::vector<WorkloadRun> job() {
  WorkloadRun run;
  run.definition.name = "w";
  run.definition.cases = {"a", "b"};
  run.definition.metrics = {
      {.name = "time", .unit = "ns", .better = Better::lower, .primary = true, .min_change = 0},
      {.name = "extra", .unit = "count", .better = Better::lower, .primary = false, .min_change = 0}};
  run.definition.optional_metrics = {"extra"};
  run.passes = 1;
  return {run};
}

// Every line of the input as the payload of a frame that is right otherwise, so that what lies behind
// the checksum is reached.
std::string framed(std::string_view input) {
  std::string bytes;
  std::uint64_t sequence = 0;
  for (const auto& payload : split_lines(input))
    bytes += fmt::format("klab1 {} {} {:08x} {}\n", sequence++, payload.size(), crc32(payload), payload);
  return bytes;
}

void hold_results(const ResultCollector& collector) {
  const auto& results = collector.results();
  std::size_t named = 0;
  for (const auto& sample : results.samples) {
    hold(sample.workload == "w" && (sample.case_name == "a" || sample.case_name == "b"), "a case nobody declared");
    hold(sample.metric == "time" || sample.metric == "extra", "a metric nobody declared");
    hold(std::isfinite(sample.value), "a value that is not finite");
    hold(sample.metric != "time" || sample.value >= 0, "a negative time");
    hold(sample.pass >= 0 && sample.pass <= 1 && sample.warmup == (sample.pass == 0), "a pass nobody asked for");
  }
  hold(results.samples.size() <= 8, "{} samples of at most 8", results.samples.size());
  hold(results.unavailable.size() <= 2, "more cases unavailable than there are");
  for (const auto& profile : collector.profile().profiles()) {
    std::int64_t sum = profile.user + profile.idle + profile.runner + profile.other;
    for (const auto& symbol : profile.symbols) {
      hold(symbol.samples > 0 && symbol.symbol == printable(symbol.symbol), "a function that no kernel has");
      sum += symbol.samples;
    }
    hold(sum == profile.samples && profile.busy() >= 0 && profile.symbols.size() <= 64, "a profile of {} samples with {}",
         profile.samples, sum);
  }
  hold(collector.profile().profiles().size() <= 2, "more profiles than cases");
  hold(results.log.size() <= 1000, "{} lines of log", results.log.size());
  for (const auto& line : results.log) hold(line == printable(line), "a line of log is not printable");
  for (const auto& [fact, value] : results.guest_facts) {
    hold(value == printable(value), "a fact is not printable");
    ++named;
  }
  hold(named <= 18, "{} facts", named);
  const auto progress = collector.progress();
  hold(progress.passes_begun >= 0 && progress.passes_begun <= progress.passes_total, "{} passes of {}",
       progress.passes_begun, progress.passes_total);
  if (collector.failure()) return;
  hold(results.hello && results.ended, "no failure, and no whole job");
  for (const std::string name : {"a", "b"}) {
    bool unavailable = false;
    std::size_t times = 0;
    for (const auto& entry : results.unavailable) unavailable = unavailable || entry.case_name == name;
    for (const auto& sample : results.samples) times += sample.case_name == name && sample.metric == "time";
    hold(unavailable ? times == 0 : times == 2, "case {} has {} times and no failure", name, times);
  }
}

}  // namespace

void frames(std::string_view input) {
  const std::size_t choice = take_choice(input, 4);
  const std::size_t step = 1 + take_choice(input, 37);
  const std::string bytes = choice == 0 ? std::string(input) : framed(input);

  const bool profiled = choice == 3;
  ResultCollector whole(job(), "n1", limits, profiled), cut(job(), "n1", limits, profiled);
  whole.feed(bytes);
  for (std::size_t at = 0; at < bytes.size(); at += step) cut.feed(std::string_view(bytes).substr(at, step));
  whole.finish();
  cut.finish();
  if (whole.failure()) {
    hold_error(*whole.failure(), "");
    hold(!whole.failure()->message.empty(), "a failure without a reason");
    hold(whole.failure()->kind == ErrorKind::failed, "a guest's fault is not the kernel's");
  }
  hold_results(whole);
  hold(whole.failure().has_value() == cut.failure().has_value() &&
           (!whole.failure() || whole.failure()->message == cut.failure()->message),
       "cut into {} bytes the failure is another: {}", step, cut.failure() ? cut.failure()->message : "none");
  hold(whole.results().samples.size() == cut.results().samples.size(), "cut into {} bytes samples differ", step);
  hold(whole.results().log == cut.results().log, "cut into {} bytes the log differs", step);
}

}  // namespace klab::fuzz
