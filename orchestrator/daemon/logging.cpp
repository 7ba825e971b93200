// SPDX-License-Identifier: GPL-3.0-or-later
#include "daemon/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <cstdlib>

#include "util/text.hpp"

namespace klab {
namespace {

constexpr const char* level_names[] = {"trace", "debug", "info", "warning", "error", "critical", "off"};
constexpr int journal_priorities[] = {7, 7, 6, 4, 3, 2, 7};

double seconds_of(const spdlog::log_clock::time_point& time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    auto line = format_ == LogFormat::json ? json_log_line(seconds_of(message.time), message.level, text) : journal_log_line(message.level, text);
    line += '\n';
    to.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(format_); }

 private:
  LogFormat format_;
};

// "experiment 12: ..." and "host host1: ..." are how messages begin.
std::string_view subject_of(std::string_view message, std::string_view word) {
  if (!message.starts_with(word)) return {};
  const auto end = message.find(": ");
  return end == message.npos ? std::string_view{} : message.substr(word.size(), end - word.size());
}

}  // namespace

std::optional<LogFormat> log_format_from_name(std::string_view name) {
  if (name == "text") return LogFormat::text;
  if (name == "json") return LogFormat::json;
  if (name == "journal") return LogFormat::journal;
  return std::nullopt;
}

LogFormat usual_log_format() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat there {};
  if (!stream || ::fstat(2, &there) != 0) return LogFormat::text;
  return fmt::format("{}:{}", there.st_dev, there.st_ino) == stream ? LogFormat::journal : LogFormat::text;
}

std::string json_log_line(double seconds, int level, std::string_view message) {
  const auto time = std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::duration<double>(seconds)));
  auto stamp = utc_timestamp(time);
  const int thousandths = static_cast<int>((seconds - std::floor(seconds)) * 1000.0);
  stamp.insert(stamp.size() - 1, fmt::format(".{:03}", thousandths));
  boost::json::object line{{"time", stamp}, {"level", level_names[std::clamp(level, 0, 6)]}, {"message", printable(message)}};
  if (const auto experiment = subject_of(message, "experiment "); !experiment.empty() && experiment.find_first_not_of("0123456789") == experiment.npos)
    line["experiment"] = std::atoll(std::string(experiment).c_str());
  if (const auto host = subject_of(message, "host "); !host.empty() && host.find(' ') == host.npos) line["host"] = printable(host);
  return boost::json::serialize(line);
}

std::string journal_log_line(int level, std::string_view message) {
  return fmt::format("<{}>{}", journal_priorities[std::clamp(level, 0, 6)], printable(message));
}

void set_up_logging(LogFormat format) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("klabd"));
  if (format == LogFormat::text) spdlog::set_pattern("%H:%M:%S %^%l%$ %v");
  else spdlog::set_formatter(std::make_unique<LineFormatter>(format));
}

}  // namespace klab
