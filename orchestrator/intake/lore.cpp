// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/lore.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "util/file.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_bytes = 64u << 20;

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

// b4's words are log lines; the last one says what was wrong.
std::string last_line(const ProcessResult& ran) {
  if (ran.err.find("ConnectionError") != std::string::npos) return "no connection to the archive";
  const auto lines = split_lines(std::string(trim(ran.err.empty() ? ran.out : ran.err)));
  return lines.empty() ? ran.describe() : printable(lines.back());
}

}  // namespace

bool looks_like_archived_mail(const std::string& argument) {
  if (argument.empty() || argument.front() == '-' || argument.size() > 1000 || !is_plain(argument)) return false;
  const auto at = argument.find('@');
  if (at != std::string::npos && argument.substr(at, 2) == "@{") return false;  // a reflog's entry
  if (argument.starts_with("https://") || argument.starts_with("http://"))
    return at != std::string::npos || argument.find("%40") != std::string::npos;
  return at != std::string::npos && at > 0 && at + 1 < argument.size() && argument.find('/') == std::string::npos;
}

Result<RawSource> fetch_thread(const std::string& argument) {
  const std::string shown = printable(argument);
  auto scratch = TemporaryDirectory::create(fs::temp_directory_path(), "klab-thread-");
  if (!scratch) return scratch.error();
  const fs::path place = scratch->path() / "thread";
  if (auto made = make_directories(place); !made) return made.error();
  std::string wanted = argument;
  if (wanted.front() == '<' && wanted.back() == '>') wanted = wanted.substr(1, wanted.size() - 2);
  ProcessSpec spec;
  spec.argv = {"b4", "mbox", "-o", place.string(), "-n", "thread.mbx", wanted};
  spec.deadline = std::chrono::minutes(2);
  spec.output_limit = most_bytes + 1;
  auto ran = run_process_blocking(std::move(spec));
  if (!ran)
    return input_error("cannot fetch \"{}\": b4 is not installed; install it with: apt-get install b4, or save the "
                       "thread to a file and name that",
                       shown);
  if (!ran->ok()) {
    Error error = input_error("cannot fetch \"{}\": b4: {}; a saved thread can be given as a file", shown, last_line(*ran));
    // Where b4 ends in a Python traceback, its last line is what helps.
    error.tail = tail(printable_lines(ran->err), ran->err.find("Traceback (most recent") == std::string::npos ? 10 : 1);
    return error;
  }
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(place, ec)) {
    if (!entry.is_regular_file()) continue;
    if (entry.file_size() > most_bytes)
      return input_error("cannot fetch \"{}\": the thread is larger than {} MiB", shown, most_bytes >> 20);
    auto bytes = read_file(entry.path());
    if (!bytes) return bytes.error();
    return RawSource{argument, std::move(*bytes)};
  }
  return input_error("cannot fetch \"{}\": b4 ended well but gave no mail: {}", shown, last_line(*ran));
}

}  // namespace klab
