// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/watcher.hpp"

#include "fuzz/target.hpp"
#include "util/text.hpp"

namespace klab::fuzz {
namespace {

using TimePoint = ConsoleWatcher::TimePoint;

void hold_crash(const Crash& crash, const ConsoleWatcher& watcher) {
  constexpr std::size_t longest_excerpt = 256 * 1024;
  hold(!crash.title.empty() && crash.title == printable(crash.title), "a title that cannot be shown: {}",
       printable(crash.title));
  hold(crash.title.size() <= 1024, "a title of {} bytes", crash.title.size());
  hold(!crash.kind.empty(), "a crash of no kind");
  hold(crash.excerpt.size() <= longest_excerpt, "an excerpt of {} bytes", crash.excerpt.size());
  hold(crash.first_line >= 1 && crash.first_line <= crash.last_line && crash.last_line <= watcher.lines(),
       "lines {} to {} of {}", crash.first_line, crash.last_line, watcher.lines());
  hold(crash.outcome != Outcome::ok, "a crash that is none");
}

std::string told(const Crash& crash) {
  return fmt::format("{} \"{}\" {} {} {}-{} {}\n{}", name(crash.outcome), crash.title, crash.kind, crash.function,
                     crash.first_line, crash.last_line, crash.complete, crash.excerpt);
}

// All that a caller can see.
std::string told(const ConsoleWatcher& watcher) {
  std::string out = fmt::format("{} {}\n", name(watcher.stage()), watcher.lines());
  if (watcher.crash()) out += told(*watcher.crash());
  for (const auto& crash : watcher.recorded()) out += told(crash);
  return out;
}

}  // namespace

void console(std::string_view input) {
  // The first byte says how the rest is cut; the result must not depend on it.
  std::size_t step = 1 + take_choice(input, 97);
  ConsoleWatcher whole, cut;
  const TimePoint start{};
  whole.feed(input, start);
  BootStage stage = BootStage::nothing;
  for (std::size_t at = 0; at < input.size();) {
    const auto part = input.substr(at, step);
    cut.feed(part, start + std::chrono::milliseconds(at));
    hold(cut.stage() >= stage, "a boot went back to \"{}\"", name(cut.stage()));
    stage = cut.stage();
    at += part.size();
    step = step * 5 % 97 + 1;
  }
  hold(told(whole) == told(cut), "cut otherwise, the console says\n{}\ninstead of\n{}", printable_lines(told(cut)),
       printable_lines(told(whole)));
  whole.finish();
  cut.finish();
  hold(told(whole) == told(cut), "after its end, cut otherwise, the console says\n{}\ninstead of\n{}",
       printable_lines(told(cut)), printable_lines(told(whole)));
  hold(whole.recorded().size() <= 100, "{} reports kept", whole.recorded().size());
  if (whole.crash()) {
    hold_crash(*whole.crash(), whole);
    hold(whole.crash()->complete, "the console ended, and the crash did not");
  }
  for (const auto& crash : whole.recorded()) hold_crash(crash, whole);
  hold(whole.silent_since().has_value() == !input.empty(), "bytes came and went unseen");
}

}  // namespace klab::fuzz
