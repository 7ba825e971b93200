// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "util/fd.hpp"
#include "util/result.hpp"

namespace klab {

// The file that a program's output is appended to, never beyond a size: what prints without end would fill a
// disk that others need. One thread. A disk that takes no more is no error; the log is a convenience.
class OutputFile {
 public:
  OutputFile() = default;  // takes nothing
  // `most` counts what the file has already. `on_full` is called once, when something did not fit.
  static Result<OutputFile> open(const std::filesystem::path& path, std::uint64_t most,
                                 std::function<void()> on_full);
  void append(std::string_view bytes);

 private:
  UniqueFd fd_;
  std::uint64_t left_ = 0;
  std::function<void()> on_full_;
};

// Takes a line out of a stream, the first that reads so. What comes before it is held back until then.
class BeginLine {
 public:
  explicit BeginLine(const std::string& line);  // empty: nothing is looked for
  // What goes on of the stream; valid until the next call.
  std::string_view pass(std::string_view bytes);
  std::string_view rest();  // at the end of the stream
  bool found() const { return found_; }

 private:
  std::string line_;
  std::string held_;
  bool looking_;
  bool found_ = false;
};

}  // namespace klab
