// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "model/comparison.hpp"

namespace klab {

// The report as one HTML file that needs nothing else: no script, no font, no address (its
// Content-Security-Policy forbids them). Follows the reader's light or dark preference and folds its
// tables into cards on a phone. Every boot is a dot of an inline SVG with a title. All text is escaped
// by the template engine and free of control characters. Pure.
std::string render_html(const Report& report);

}  // namespace klab
