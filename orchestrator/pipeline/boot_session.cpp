// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/boot_session.hpp"

#include <algorithm>

#include "pipeline/hypervisor.hpp"
#include "stats/summarise.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

std::string in_words(std::chrono::milliseconds limit) {
  if (limit.count() % 1000 == 0) return human_duration(std::chrono::duration_cast<std::chrono::seconds>(limit));
  return fmt::format("{} ms", limit.count());
}

constexpr std::size_t most_notes = 200;

FrameLimits frame_limits(const BootJob& job) {
  FrameLimits limits;
  limits.total = job.results_limit;
  return limits;
}

}  // namespace

BootSession::BootSession(boost::asio::any_io_executor executor, const BootJob& job, BootProgressSink progress)
    : changed(executor), job_(job), progress_(std::move(progress)), collector_(job.workloads, job.nonce, frame_limits(job), job.profiled) {}

void BootSession::tell() {
  if (progress_) progress_(watcher_.stage(), collector_.progress());
  changed.cancel();
}

void BootSession::console(std::string_view bytes) {
  const auto now = Clock::now();
  last_byte_ = now;
  keep(bytes);
  // Firmware, or a former guest that a console server repeats: nothing to judge this boot by.
  if (loading_) return;
  const auto before = watcher_.stage();
  watcher_.feed(bytes, now);
  if (!seconds_to_userspace_ && watcher_.stage() >= BootStage::init) seconds_to_userspace_ = seconds(now - started_);
  if (!crash_seen_ && watcher_.crash()) crash_seen_ = now;
  if (before != watcher_.stage() || crash_seen_ || is_over()) tell();
}

void BootSession::keep(std::string_view bytes) {
  const std::size_t room = job_.console_limit - std::min(job_.console_limit, console_.size());
  const std::string_view kept = bytes.substr(0, room);
  console_cut_ += bytes.size() - kept.size();
  const auto line_end = kept.find('\n');
  if (waiting_notes_.empty() || line_end == kept.npos) {
    console_.append(kept);
    return;
  }
  console_.append(kept.substr(0, line_end + 1)).append(waiting_notes_).append(kept.substr(line_end + 1));
  waiting_notes_.clear();
}

void BootSession::results(std::string_view bytes) {
  last_byte_ = Clock::now();
  cut_since_result_ = cut_;
  collector_.feed(bytes);
  if (!finished_at_ && has_finished()) finished_at_ = last_byte_;
  if (!wrong_at_ && collector_.failure()) wrong_at_ = last_byte_;
  tell();
}

void BootSession::ended(PowerEnd end, std::string detail) {
  end_ = end;
  end_detail_ = std::move(detail);
  changed.cancel();
}

// In its place among what the guest said, so that a gap in the log explains itself; a line is not torn for it.
void BootSession::note(std::string text) {
  const double at = seconds(Clock::now() - power_on_);
  if (notes_.size() >= most_notes) return;
  if (notes_.size() + 1 == most_notes) text = "more was noted, and is not kept";
  text = printable(text);
  const bool between_lines = console_.empty() || console_.ends_with('\n');
  (between_lines ? console_ : waiting_notes_) += fmt::format("[klab {:.1f} s: {}]\n", at, text);
  notes_.push_back({at, std::move(text)});
}

void BootSession::loading() { loading_ = true; }

void BootSession::results_cut(bool cut) {
  cut_ = cut;
  cut_since_result_ = true;
}

void BootSession::loaded() {
  loading_ = false;
  started_ = last_byte_ = Clock::now();
  changed.cancel();
}

bool BootSession::is_over() const {
  return end_.has_value() || stopped_ || console_cut_ > job_.console_limit;
}

BootSession::Deadline BootSession::next_deadline() const {
  const auto& limits = job_.limits;
  // While firmware and downloads go on the machine has limits of its own, and ends the boot by them.
  if (loading_) return {Clock::time_point::max(), "never"};
  std::vector<Deadline> deadlines;
  deadlines.push_back({started_ + limits.run, "did not finish within " + in_words(limits.run)});
  // Who has said all he had to say may be silent.
  if (!finished_at_) deadlines.push_back({last_byte_ + limits.silence, "silent for " + in_words(limits.silence)});
  if (!collector_.results().hello)
    deadlines.push_back({started_ + limits.boot, "did not reach the runner within " + in_words(limits.boot)});
  if (crash_seen_) deadlines.push_back({*crash_seen_ + limits.report, ""});
  if (watcher_.crash() && watcher_.crash()->complete) deadlines.push_back({last_byte_ + limits.quiet, ""});
  if (wrong_at_) deadlines.push_back({*wrong_at_ + limits.settle, ""});
  if (finished_at_)
    deadlines.push_back({*finished_at_ + limits.power_off,
                         limits.must_power_off
                             ? "finished its workloads but did not power off within " + in_words(limits.power_off)
                             : std::string()});
  auto next = *std::min_element(deadlines.begin(), deadlines.end(),
                                [](const Deadline& a, const Deadline& b) { return a.at < b.at; });
  if (diagnosed_at_) next.at = *diagnosed_at_ + limits.diagnosis;
  return next;
}

Outcome BootSession::judge(const std::optional<std::string>& expired, std::string& title, std::string& excerpt) const {
  const bool runner_reached = collector_.results().hello;
  const auto last_lines = [&] { return tail(printable_lines(console_), 25); };
  if (end_ == PowerEnd::failed) {
    title = "the machine failed: " + end_detail_;
    return Outcome::lab_error;
  }
  if (stopped_) {
    title = "stopped by the lab";
    return Outcome::interrupted;
  }
  // A guest that was hung is asked for backtraces; what it prints then explains the hang, no more.
  if (watcher_.crash() && !diagnosed_at_) {
    title = watcher_.crash()->title;
    excerpt = watcher_.crash()->excerpt;
    return watcher_.crash()->outcome;
  }
  if (cut_since_result_ && !has_finished()) {
    title = "the console that carries the results was lost, and results are missing";
    excerpt = last_lines();
    return Outcome::lab_error;
  }
  if (console_cut_ > job_.console_limit) {
    excerpt = last_lines();
    title = fmt::format("flooded its console: {} bytes kept, at least {} dropped", console_.size(), console_cut_);
    return runner_reached ? Outcome::hung : Outcome::boot_failed;
  }
  if (end_ == PowerEnd::rebooted && runner_reached && !has_finished()) {
    title = "rebooted by itself in the middle of its workloads";
    excerpt = last_lines();
    return Outcome::crashed;
  }
  if (const auto& failure = collector_.failure(); failure && !expired && runner_reached && end_ != PowerEnd::panicked) {
    title = failure->message;
    excerpt = failure->tail.empty() ? last_lines() : failure->tail;
    return Outcome::workload_failed;
  }
  excerpt = last_lines();
  if (expired) {
    title = *expired;
    return runner_reached ? Outcome::hung : Outcome::boot_failed;
  }
  if (end_ == PowerEnd::panicked || end_ == PowerEnd::watchdog) {
    title = end_ == PowerEnd::panicked ? "kernel panic, told by the panic device; the console shows nothing of it"
                                       : "the watchdog device fired";
    return end_ == PowerEnd::panicked ? Outcome::crashed : Outcome::hung;
  }
  if (!runner_reached) {
    title = fmt::format("{} before the runner started", end_ ? name(*end_) : std::string_view("ended"));
    return Outcome::boot_failed;
  }
  if (collector_.failure()) {
    title = collector_.failure()->message;
    return Outcome::workload_failed;
  }
  excerpt.clear();
  return Outcome::ok;
}

// Sampling costs time: no number of such a boot is kept. A kernel that cannot be sampled has run well.
void BootSession::keep_profile(BootEnd& end) const {
  end.samples.clear();
  end.summaries.clear();
  end.facts.clear();
  end.profiles = collector_.profile().profiles();
  if (end.outcome == Outcome::ok && !collector_.profile().reason().empty())
    end.title = "no profile: " + printable(collector_.profile().reason());
}

// Nothing is called bare metal that its own guest contradicts.
void BootSession::check_label(BootEnd& end) {
  if (job_.acceleration != Acceleration::bare_metal || !has_said_hello()) return;
  const auto seen = seen_hypervisor(collector_.results().guest_facts);
  if (!seen) return;
  note(fmt::format("configured as bare metal, but the guest sees a hypervisor: {}", *seen));
  end.acceleration = name(Acceleration::virtual_host);
}

BootEnd BootSession::conclude(const std::optional<std::string>& expired) {
  watcher_.finish();
  if (!collector_.failure()) collector_.finish();
  BootEnd end;
  check_label(end);
  if (!waiting_notes_.empty()) console_ += "\n" + std::exchange(waiting_notes_, {});
  end.outcome = judge(expired, end.title, end.excerpt);
  end.title = printable(end.title);
  end.excerpt = printable_lines(end.excerpt);
  end.console = std::move(console_);
  end.console_cut = console_cut_;
  end.guest_facts = collector_.results().guest_facts;
  end.seconds_to_userspace = seconds_to_userspace_;
  end.unavailable = collector_.results().unavailable;
  end.facts = collector_.results().facts;
  end.notes = std::move(notes_);
  // What a failed boot measured before it failed is kept as evidence; only good boots are summarised.
  end.samples = collector_.results().samples;
  if (end.outcome == Outcome::ok) end.summaries = summarise(end.samples);
  if (job_.profiled) keep_profile(end);
  return end;
}

}  // namespace klab
