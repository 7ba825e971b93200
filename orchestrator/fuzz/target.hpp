// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "util/result.hpp"

// The places where klab reads what strangers wrote. A target takes any bytes, calls the code that would
// read them, and throws where a property does not hold. libFuzzer drives the targets (entry.cpp), and the
// unit tests replay the corpus through the same functions (tests/fuzz).
namespace klab::fuzz {

struct PropertyBroken : std::logic_error {
  using std::logic_error::logic_error;
};

template <class... Args>
void hold(bool property, fmt::format_string<Args...> what, Args&&... args) {
  if (!property) throw PropertyBroken(fmt::format(what, std::forward<Args>(args)...));
}

// One line of plain text that begins as promised, whatever the input held.
void hold_error(const Error& error, std::string_view begins);

// Takes one byte from the front as a choice below `choices`; 0 when there is none.
std::size_t take_choice(std::string_view& input, std::size_t choices);

void mail(std::string_view input);     // a source of `klab submit`: mailbox, headers, diff, series
void subject(std::string_view input);  // Subject: lines
void diff(std::string_view input);     // what git apply is given
void frames(std::string_view input);   // a guest's results channel
void toml(std::string_view input);     // klab.toml, experiment.toml, workload.toml, files of matrices
void console(std::string_view input);  // a kernel's console
void request(std::string_view input);  // the body of POST /api/experiments
void csv(std::string_view input);      // a file of `klab analyse`
void http(std::string_view input);     // bytes of a client on klabd's sockets

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

inline constexpr Target targets[] = {{"mail", mail},       {"subject", subject}, {"diff", diff},
                                     {"frames", frames},   {"toml", toml},       {"console", console},
                                     {"request", request}, {"csv", csv},         {"http", http}};

}  // namespace klab::fuzz
