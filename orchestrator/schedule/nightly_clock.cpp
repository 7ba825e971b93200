// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/nightly_clock.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <tuple>

namespace klab {
namespace {

constexpr double hour = 3600.0;

std::tm local(std::time_t seconds) {
  std::tm out{};
  ::localtime_r(&seconds, &out);
  return out;
}

// Of the day `days` after that of `near`, noon; a day always has one.
std::tm day(std::time_t near, int days) {
  auto out = local(near);
  out.tm_mday += days;
  out.tm_hour = 12;
  out.tm_min = out.tm_sec = 0;
  out.tm_isdst = -1;
  const auto seconds = std::mktime(&out);
  return local(seconds);
}

std::time_t start_of(const NightlySchedule& schedule, const std::tm& date) {
  auto wanted = date;
  wanted.tm_hour = schedule.hour;
  wanted.tm_min = schedule.minute;
  wanted.tm_sec = 0;
  wanted.tm_isdst = -1;
  // mktime() is within a shift of the clock of it; minute by minute finds the instant itself.
  const auto about = std::mktime(&wanted);
  const auto shown = [](const std::tm& t) { return std::tuple(t.tm_year, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min); };
  const auto least = std::tuple(date.tm_year, date.tm_mon, date.tm_mday, schedule.hour, schedule.minute);
  std::time_t at = about - static_cast<std::time_t>(3 * hour);
  // On nearly all days the clock is not shifted, and mktime() is right: whoever asks for a year of starts has them at once.
  if (const auto there = local(about); shown(there) == least && there.tm_gmtoff == local(at).tm_gmtoff) return about;
  at -= at % 60;
  while (shown(local(at)) < least) at += 60;
  return at;
}

bool on(const NightlySchedule& schedule, const std::tm& date) { return schedule.days[static_cast<std::size_t>((date.tm_wday + 6) % 7)]; }

}  // namespace

double next_start(const NightlySchedule& schedule, double after) {
  const auto now = static_cast<std::time_t>(std::floor(after));
  for (int days = 0;; ++days) {
    const auto date = day(now, days);
    if (!on(schedule, date)) continue;
    const auto start = static_cast<double>(start_of(schedule, date));
    if (start > after) return start;
  }
}

double latest_start(const NightlySchedule& schedule, double now) {
  for (int days = 0;; --days) {
    const auto date = day(static_cast<std::time_t>(std::floor(now)), days);
    if (!on(schedule, date)) continue;
    const auto start = static_cast<double>(start_of(schedule, date));
    if (start <= now) return start;
  }
}

std::optional<double> due_start(const NightlySchedule& schedule, double now, std::optional<double> last_begun, double file_written) {
  const auto start = latest_start(schedule, now);
  if (last_begun && *last_begun >= start) return std::nullopt;
  if (file_written > start || now >= start + schedule.budget.value_or(hour)) return std::nullopt;
  return start;
}

std::string local_date(double seconds) {
  const auto date = local(static_cast<std::time_t>(seconds));
  return fmt::format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

}  // namespace klab
