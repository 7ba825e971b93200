// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/mail_headers.hpp"

#include "report/layout.hpp"
#include "util/text.hpp"

namespace klab::report {

std::string plain_header(std::string_view name, std::string_view value, std::size_t width) {
  return folded_header(name, trim(printable(value)), width, columns);
}

}  // namespace klab::report
