// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace klab {

// Who has to act on an error.
//   input   what the user gave is wrong; the message names file, line or field and the remedy
//   failed  the kernel under test did not apply, build, boot or finish: a result to be stored
//   lab     the laboratory itself is broken (disk, libvirt, database)
//   stopped a stop was requested while the work was going on
enum class ErrorKind { input, failed, lab, stopped };

// `message` is one line: cannot <verb> "<object>": <cause>. `tail` is the end of the output that
// explains it (git's or make's own words), possibly empty, possibly several lines.
struct Error {
  ErrorKind kind = ErrorKind::lab;
  std::string message;
  std::string tail;
};

template <class T>
using Result = boost::system::result<T, Error>;

template <class... Args>
Error make_error(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
  return Error{kind, fmt::format(text, std::forward<Args>(args)...), {}};
}
template <class... Args>
Error input_error(fmt::format_string<Args...> text, Args&&... args) {
  return make_error(ErrorKind::input, text, std::forward<Args>(args)...);
}
template <class... Args>
Error failed_error(fmt::format_string<Args...> text, Args&&... args) {
  return make_error(ErrorKind::failed, text, std::forward<Args>(args)...);
}
template <class... Args>
Error lab_error(fmt::format_string<Args...> text, Args&&... args) {
  return make_error(ErrorKind::lab, text, std::forward<Args>(args)...);
}

// Result::value() of an error throws this at a boundary that chose exceptions.
struct ErrorException : std::runtime_error {
  explicit ErrorException(Error e) : std::runtime_error(e.message), error(std::move(e)) {}
  Error error;
};

// Found by boost::system::result through ADL.
[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw ErrorException(e);
}

}  // namespace klab
