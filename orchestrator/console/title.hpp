// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace klab {

// `text` without what differs from boot to boot although the fault is the same: addresses become ADDR,
// lines of files LINE, long numbers NUM, "foo+0x12/0x34" foo, a processor's number goes.
std::string without_particulars(std::string_view text);

// "a+0x1/0x2 [mod] / b+0x3/0x4" as "a / b"; KCSAN writes the names without offsets.
std::string racing_functions(std::string_view text);

}  // namespace klab
