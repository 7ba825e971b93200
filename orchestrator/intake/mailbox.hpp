// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace klab {

// One file, or standard input, as the user handed it over.
struct RawSource {
  std::string name;  // as the user named it
  std::string bytes;
};

// One message of a source, unparsed: line ends are "\n", no From_ line, From-quoting undone.
struct RawMail {
  std::string source;
  bool alone = false;  // the source holds nothing else
  int first_line = 1;  // of the source, where `text` starts
  std::string text;
};

// Splits an mbox (mboxrd or mboxo) into its messages; anything that does not start with a From_ line
// is one message. git mailsplit would do it too, but forgets which file and line a message came from,
// and those are what an error has to name. Linear. NUL bytes and more than `most` messages are refused.
Result<std::vector<RawMail>> split_mailbox(const RawSource& source, std::size_t most);

// Value of the first header `name` (lower case) in the header block of `mail`, unfolded, not decoded;
// empty when it is not there.
std::string header(std::string_view mail, std::string_view name);
std::vector<std::string> headers(std::string_view mail, std::string_view name);  // of all of that name

// The header block without the headers that start with one of `names`, each in lower case with its colon.
std::string headers_without(std::string_view mail, const std::vector<std::string_view>& names);

// What lies before the first empty line, and after it.
std::string_view header_block(std::string_view mail);
std::string_view body_of(std::string_view mail);

}  // namespace klab
