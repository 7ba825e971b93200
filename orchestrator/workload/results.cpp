// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/results.hpp"

#include <algorithm>
#include <cmath>

#include "workload/payload.hpp"

namespace klab {
namespace {

constexpr std::size_t most_log_lines = 1000;
constexpr std::size_t longest_fact = 2048;  // what the runner takes of a line
constexpr std::int64_t most_cpus = 65536;

using Violation = std::optional<std::string>;

// A duration or a rate cannot be negative; other quantities may be.
bool must_not_be_negative(const std::string& unit) {
  return unit == "ns" || unit == "us" || unit == "ms" || unit == "s" || unit.ends_with("/s");
}

std::string in_case(std::string_view workload, std::string_view case_name) {
  return case_name.empty() ? std::string(workload) : fmt::format("{}: case \"{}\"", workload, case_name);
}

bool count_or_unknown(std::string_view text) {
  return text == "n/a" || (!text.empty() && text.size() <= 19 && std::all_of(text.begin(), text.end(), [](char c) {
           return c >= '0' && c <= '9';
         }));
}

// A type that nobody knows is refused by take(), whatever its fields.
void allow_fields(std::string_view type, const FramePayload& fields) {
  if (type == "hello")
    fields.allow_only({"type", "protocol", "job", "release", "version", "machine", "cpus", "command_line", "clocksource",
                       "hypervisor", "dmi", "cpu", "microcode", "turbo", "smt", "cstates", "governor", "mitigations",
                       "throttled"});
  else if (type == "begin")
    fields.allow_only({"type", "workload", "case", "pass", "warmup"});
  else if (type == "sample")
    fields.allow_only({"type", "workload", "case", "pass", "warmup", "metric", "value"});
  else if (type == "fact")
    fields.allow_only({"type", "workload", "case", "pass", "warmup", "name", "text"});
  else if (type == "unavailable" || type == "error")
    fields.allow_only({"type", "workload", "case", "reason"});
  else if (type == "log")
    fields.allow_only({"type", "text"});
  else if (type == "end")
    fields.allow_only({"type", "samples", "status", "clocksource", "throttled"});
}

}  // namespace

// The names that most payloads share, read once.
struct ResultCollector::Payload {
  explicit Payload(const FramePayload& payload) : fields(payload), type(payload.text("type")) {}
  void read_place() {
    workload = fields.text("workload");
    case_name = fields.text("case");
  }
  void read_pass() {
    read_place();
    pass = fields.whole("pass");
    warmup = fields.flag("warmup");
  }
  CaseKey key() const { return {workload, case_name}; }
  std::string in_pass() const { return fmt::format("{}, pass {}", in_case(workload, case_name), pass); }

  const FramePayload& fields;
  std::string type;
  std::string workload;
  std::string case_name;
  std::int64_t pass = 0;
  bool warmup = false;
};

ResultCollector::ResultCollector(std::vector<WorkloadRun> runs, std::string nonce, FrameLimits limits, bool profiled)
    : runs_(std::move(runs)), nonce_(std::move(nonce)), parser_(limits), profiled_(profiled) {
  for (const WorkloadRun& run : runs_)
    for (const std::string& name : run.definition.case_names()) cases_[{run.definition.name, name}];
}

const WorkloadRun* ResultCollector::find_run(const std::string& name) const {
  const auto run =
      std::find_if(runs_.begin(), runs_.end(), [&](const auto& r) { return r.definition.name == name; });
  return run == runs_.end() ? nullptr : &*run;
}

void ResultCollector::fail(std::string_view message) {
  if (!failure_) failure_ = failed_error("{}", message);
}

void ResultCollector::feed(std::string_view bytes) {
  if (failure_) return;
  for (const Frame& frame : parser_.feed(bytes)) {
    const auto fields = FramePayload::parse(frame.payload);
    if (!fields) return fail(fmt::format("cannot read results: frame {} is {}", frame.sequence, fields.error().message));
    Payload payload(*fields);
    allow_fields(payload.type, *fields);
    ProfileFrames::allow_fields(payload.type, *fields);
    const Violation violation = fields->problem() ? fields->problem() : take(payload);
    if (fields->problem())
      return fail(fmt::format("cannot read results: frame {}: {}", frame.sequence, *fields->problem()));
    if (violation) return fail(*violation);
  }
  if (parser_.failure()) fail(parser_.failure()->message);
}

void ResultCollector::finish() {
  if (failure_) return;
  parser_.finish();
  if (parser_.failure()) return fail(parser_.failure()->message);
  if (!results_.hello) return fail("cannot read results: the runner sent nothing");
  if (!results_.ended) return fail("cannot read results: the runner did not send its end");
}

BootProgress ResultCollector::progress() const {
  BootProgress out;
  for (const WorkloadRun& run : runs_)
    for (const std::string& name : run.definition.case_names()) {
      const CaseState& state = cases_.at({run.definition.name, name});
      out.passes_total += run.passes + 1;
      out.passes_begun += state.unavailable ? run.passes + 1 : state.begun;
    }
  if (current_) std::tie(out.workload, out.case_name) = *current_;
  return out;
}

Violation ResultCollector::take(Payload& payload) {
  if (results_.ended)
    return fmt::format("cannot read results: a \"{}\" frame came after the end", payload.type);
  if (!results_.hello && payload.type != "hello")
    return fmt::format("cannot read results: a \"{}\" frame came before hello", payload.type);
  if (payload.type != "symbol")
    if (const auto part = profile_.close()) return part;
  if (payload.type == "hello") return take_hello(payload);
  if (payload.type == "begin") return take_begin(payload);
  if (payload.type == "sample") return take_sample(payload);
  if (payload.type == "fact") return take_fact(payload);
  if (payload.type == "unavailable") return take_unavailable(payload);
  if (payload.type == "error") return take_error(payload);
  if (payload.type == "end") return take_end(payload);
  if (ProfileFrames::knows(payload.type)) return take_of_profile(payload);
  if (payload.type != "log")
    return fmt::format("cannot read results: there is no frame type \"{}\"", payload.type);
  std::string text = payload.fields.text("text");
  if (results_.log.size() < most_log_lines) results_.log.push_back(std::move(text));
  return std::nullopt;
}

Violation ResultCollector::take_hello(Payload& payload) {
  if (results_.hello) return "cannot read results: a second hello came: the runner was started twice";
  const auto& fields = payload.fields;
  const std::int64_t protocol = fields.whole("protocol"), cpus = fields.whole("cpus");
  const std::string job = fields.text("job");
  for (const char* fact : {"release", "version", "machine", "command_line", "clocksource", "hypervisor", "dmi", "cpu",
                           "microcode", "turbo", "smt", "cstates", "governor", "mitigations", "throttled"})
    results_.guest_facts[fact] = fields.text(fact);
  results_.guest_facts["cpus"] = std::to_string(cpus);
  if (fields.problem()) return std::nullopt;  // feed() reports it
  if (protocol != 1) return fmt::format("cannot read results: protocol {} is not 1", protocol);
  if (cpus < 1 || cpus > most_cpus) return fmt::format("cannot read results: hello tells of {} CPUs", cpus);
  const std::string &turbo = results_.guest_facts["turbo"], &throttled = results_.guest_facts["throttled"];
  if (turbo != "on" && turbo != "off" && turbo != "n/a")
    return fmt::format("cannot read results: hello tells of turbo \"{}\", which is none of on, off, n/a", turbo);
  if (!count_or_unknown(throttled))
    return fmt::format("cannot read results: hello tells of throttled \"{}\", which is neither a count nor n/a", throttled);
  if (job != nonce_)
    return fmt::format("cannot read results: they are of job \"{}\", not of \"{}\"", job, nonce_);
  results_.hello = true;
  return std::nullopt;
}

Violation ResultCollector::check_place(const Payload& payload) const {
  if (!find_run(payload.workload))
    return fmt::format("cannot read results: workload \"{}\" is not part of the job", payload.workload);
  if (!cases_.contains(payload.key()))
    return fmt::format("{}: case \"{}\" is not declared in workload.toml", payload.workload,
                       payload.case_name);
  return std::nullopt;
}

Violation ResultCollector::close_pass() {
  if (!current_) return std::nullopt;
  const auto key = *std::exchange(current_, std::nullopt);
  const auto values = std::exchange(current_values_, {});
  current_facts_.clear();
  const CaseState& state = cases_.at(key);
  if (state.unavailable) return std::nullopt;
  const WorkloadDefinition& definition = find_run(key.first)->definition;
  for (const Metric& metric : definition.metrics)
    if (!values.contains(metric.name) && !definition.optional_metrics.contains(metric.name))
      return fmt::format("{}, pass {}: metric \"{}\" is missing", in_case(key.first, key.second),
                         state.begun - 1, metric.name);
  return std::nullopt;
}

Violation ResultCollector::take_begin(Payload& payload) {
  payload.read_pass();
  if (payload.fields.problem()) return std::nullopt;
  if (const auto place = check_place(payload)) return place;
  if (const auto incomplete = close_pass()) return incomplete;
  CaseState& state = cases_.at(payload.key());
  if (state.unavailable) return fmt::format("{} goes on after it was unavailable", payload.in_pass());
  if (payload.pass != state.begun || payload.pass > find_run(payload.workload)->passes)
    return fmt::format("{}, came where {} passes of {} had begun", payload.in_pass(), state.begun,
                       find_run(payload.workload)->passes + 1);
  if (payload.warmup != (payload.pass == 0))
    return fmt::format("{}, is wrongly marked: pass 0, and only it, is the warm-up", payload.in_pass());
  ++state.begun;
  current_ = payload.key();
  return std::nullopt;
}

Violation ResultCollector::take_sample(Payload& payload) {
  payload.read_pass();
  const std::string name = payload.fields.text("metric");
  const double value = payload.fields.number("value");
  if (payload.fields.problem()) return std::nullopt;
  if (const auto place = check_place(payload)) return place;
  const auto& metrics = find_run(payload.workload)->definition.metrics;
  const auto metric =
      std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.name == name; });
  if (metric == metrics.end())
    return fmt::format("{}: metric \"{}\" is not declared in workload.toml", payload.workload, name);
  const CaseState& state = cases_.at(payload.key());
  if (current_ != payload.key() || payload.pass != state.begun - 1 || payload.warmup != (payload.pass == 0) ||
      state.unavailable)
    return fmt::format("{}: a sample came, but that pass is not under way", payload.in_pass());
  if (!std::isfinite(value))
    return fmt::format("{}: metric \"{}\" is not a finite number", payload.in_pass(), name);
  if (value < 0 && must_not_be_negative(metric->unit))
    return fmt::format("{}: metric \"{}\" is negative: {} {}", payload.in_pass(), name, value, metric->unit);
  if (!current_values_.emplace(name, value).second)
    return fmt::format("{}: metric \"{}\" came twice", payload.in_pass(), name);
  results_.samples.push_back(
      {payload.workload, payload.case_name, name, static_cast<int>(payload.pass), payload.warmup, value});
  return std::nullopt;
}

Violation ResultCollector::take_fact(Payload& payload) {
  payload.read_pass();
  const std::string name = payload.fields.text("name");
  std::string text = payload.fields.text("text");
  if (payload.fields.problem()) return std::nullopt;
  if (const auto place = check_place(payload)) return place;
  const auto& declared = find_run(payload.workload)->definition.facts;
  if (std::none_of(declared.begin(), declared.end(), [&](const auto& f) { return f.name == name; }))
    return fmt::format("{}: fact \"{}\" is not declared in workload.toml", payload.workload, name);
  const CaseState& state = cases_.at(payload.key());
  if (current_ != payload.key() || payload.pass != state.begun - 1 || payload.warmup != (payload.pass == 0) ||
      state.unavailable)
    return fmt::format("{}: a fact came, but that pass is not under way", payload.in_pass());
  if (text.size() > longest_fact)
    return fmt::format("{}: fact \"{}\" is longer than {} bytes", payload.in_pass(), name, longest_fact);
  if (!current_facts_.insert(name).second) return fmt::format("{}: fact \"{}\" came twice", payload.in_pass(), name);
  results_.facts.push_back({payload.workload, payload.case_name, name, static_cast<int>(payload.pass), payload.warmup,
                            std::move(text)});
  return std::nullopt;
}

Violation ResultCollector::take_unavailable(Payload& payload) {
  payload.read_place();
  std::string reason = payload.fields.text("reason");
  if (payload.fields.problem()) return std::nullopt;
  if (const auto place = check_place(payload)) return place;
  CaseState& state = cases_.at(payload.key());
  if (current_ != payload.key() || state.unavailable)
    return fmt::format("{} was called unavailable, but is not under way",
                       in_case(payload.workload, payload.case_name));
  // A case that gave numbers exists.
  if (state.begun > 1 || !current_values_.empty())
    return fmt::format("{} was called unavailable after it gave numbers",
                       in_case(payload.workload, payload.case_name));
  state.unavailable = true;
  results_.unavailable.push_back({payload.workload, payload.case_name, std::move(reason)});
  return std::nullopt;
}

Violation ResultCollector::take_error(Payload& payload) {
  payload.read_place();
  const std::string reason = payload.fields.text("reason");
  if (payload.fields.problem()) return std::nullopt;
  if (const auto place = check_place(payload)) return place;
  results_.ended = true;  // the runner gives up after an error
  return fmt::format("{}: {}", in_case(payload.workload, payload.case_name), reason);
}

Violation ResultCollector::take_of_profile(Payload& payload) {
  if (!profiled_) return fmt::format("cannot read results: a \"{}\" frame came, and the job asked for no profile", payload.type);
  if (payload.type == "no-profile") return profile_.take_reason(payload.fields);
  payload.read_place();
  if (payload.fields.problem()) return std::nullopt;
  if (const auto place = check_place(payload)) return place;
  if (payload.type == "symbol") return profile_.take_symbol(payload.fields, payload.workload, payload.case_name);
  const CaseState& state = cases_.at(payload.key());
  if (current_ != payload.key() || state.unavailable || state.begun != find_run(payload.workload)->passes + 1)
    return fmt::format("{}: a profile came, but its passes are not over", in_case(payload.workload, payload.case_name));
  if (const auto incomplete = close_pass()) return incomplete;
  return profile_.take_profile(payload.fields, payload.workload, payload.case_name);
}

Violation ResultCollector::check_complete() const {
  for (const auto& [key, state] : cases_) {
    const int passes = find_run(key.first)->passes + 1;
    if (!state.unavailable && state.begun != passes)
      return fmt::format("{} has {} of {} passes", in_case(key.first, key.second), state.begun, passes);
    if (profiled_ && !state.unavailable && !profile_.has(key.first, key.second))
      return fmt::format("{} has no profile", in_case(key.first, key.second));
  }
  return std::nullopt;
}

Violation ResultCollector::take_end(Payload& payload) {
  const std::int64_t samples = payload.fields.whole("samples");
  const std::string status = payload.fields.text("status");
  results_.guest_facts["clocksource_at_end"] = payload.fields.text("clocksource");
  const std::string throttled = payload.fields.text("throttled");
  if (payload.fields.problem()) return std::nullopt;
  if (!count_or_unknown(throttled))
    return fmt::format("cannot read results: end tells of throttled \"{}\", which is neither a count nor n/a", throttled);
  results_.guest_facts["throttled_at_end"] = throttled;
  results_.ended = true;
  if (const auto incomplete = close_pass()) return incomplete;
  if (status != "ok") return fmt::format("cannot read results: the runner ended with status \"{}\"", status);
  if (samples < 0 || static_cast<std::uint64_t>(samples) != results_.samples.size())
    return fmt::format("cannot read results: the runner sent {} samples, {} came", samples,
                       results_.samples.size());
  return check_complete();
}

}  // namespace klab
