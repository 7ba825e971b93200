// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klab {

// How klabd writes its log to standard error.
enum class LogFormat {
  text,     // time, level, message
  json,     // one object a line: time, level, message, and the experiment or host it is about
  journal,  // priority as sd-daemon(3) has it, message; journald keeps the time
};
std::optional<LogFormat> log_format_from_name(std::string_view name);
LogFormat usual_log_format();  // journal where standard error is the journal's, else text

void set_up_logging(LogFormat format);

// One line of each, without its end; pure. `level` is spdlog's: 0 trace ... 5 critical.
std::string json_log_line(double seconds, int level, std::string_view message);
std::string journal_log_line(int level, std::string_view message);

}  // namespace klab
