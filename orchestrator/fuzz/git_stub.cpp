// SPDX-License-Identifier: GPL-3.0-or-later
// In place of intake/git.cpp, for libFuzzer alone: a process per mail would leave no time for inputs. It
// does what `git mailinfo` does to a plain mail, without decoding, and lets `git apply` object to nothing.
// The replay of the corpus in tests/fuzz runs with the real git.
#include <cstdio>

#include "intake/git.hpp"
#include "intake/mailbox.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

void put(const std::filesystem::path& path, std::string_view content) {
  if (std::FILE* file = std::fopen(path.c_str(), "w")) {
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
  }
}

bool ends_message(std::string_view line) {
  return line.starts_with("---") || line.starts_with("diff -") || line.starts_with("Index: ");
}

}  // namespace

Result<ProcessResult> run_isolated_git(const std::filesystem::path& directory, std::vector<std::string> arguments,
                                       std::string standard_input) {
  ProcessResult result;
  if (arguments.front() != "mailinfo") return result;
  const std::string from = header(standard_input, "from");
  // git takes the word around the first @ for the address, and the rest for the name.
  constexpr std::string_view ends = " \t<>";
  const auto at_sign = from.find('@');
  const auto before = from.find_last_of(ends, at_sign);
  const auto first = before == std::string::npos ? 0 : before + 1;
  const std::string address = at_sign == std::string::npos ? "" : from.substr(first, from.find_first_of(ends, at_sign) - first);
  result.out = fmt::format("Author: {}\nEmail: {}\nSubject: {}\nDate: {}\n\n", trim(from.substr(0, from.find('<'))),
                           address, header(standard_input, "subject"), header(standard_input, "date"));
  const std::string_view body = body_of(standard_input);
  std::size_t at = 0;
  while (at < body.size() && !ends_message(body.substr(at))) {
    const auto end = body.find('\n', at);
    at = end == std::string_view::npos ? body.size() : end + 1;
  }
  put(directory / "message", body.substr(0, at));
  put(directory / "patch", body.substr(at));
  // git refuses a mail without an address too.
  if (address.empty()) {
    result.exit_code = 128;
    result.err = "fatal: empty ident name (for <>) not allowed\n";
  }
  return result;
}

std::string git_words(const ProcessResult& result) {
  const auto line = result.err.substr(0, result.err.find('\n'));
  return printable(line.substr(std::min<std::size_t>(line.size(), 7)));
}

}  // namespace klab
