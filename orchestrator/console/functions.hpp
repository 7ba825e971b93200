// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace klab {

// Functions that stand above the guilty one in a back trace: what reports, locks, copies, allocates,
// prints, counts or dispatches for somebody else. `function` is without suffixes such as ".isra.0".
bool is_generic_function(std::string_view function);

// What a processor that does not get on was called by: the function before it, counted from the top, is
// the one that ran for long.
bool is_dispatcher(std::string_view function);

// What a task that sleeps for good went through before it slept.
bool is_waiting_function(std::string_view function);

// Whether `function` fits one of `globs`, which are separated by spaces; a "*" at either end of a glob
// stands for any characters.
bool fits_any(std::string_view function, std::string_view globs);

// As it stands in a title: a system call's entry without what the architecture puts before it.
std::string title_name(std::string_view function);

}  // namespace klab
