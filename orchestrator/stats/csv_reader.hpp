// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace klab {

struct CsvRecord {
  int line = 1;  // on which the record begins, from 1
  std::vector<std::string> fields;
};

// The records of a CSV text (RFC 4180): fields in double quotes may hold commas, line breaks and
// doubled quotes. Lines end in LF, CRLF or CR; empty lines and a byte order mark are skipped. The
// error (kind input) has the message "line L: what is wrong; remedy", for the caller to prefix.
Result<std::vector<CsvRecord>> read_csv(std::string_view text);

}  // namespace klab
