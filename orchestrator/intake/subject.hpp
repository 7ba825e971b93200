// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

// What kernel developers put in front of a title: `Re: [RFC PATCH net-next v3 2/4] title`.
struct ParsedSubject {
  std::vector<std::string> tags;  // words of the brackets as written: "RFC", "PATCH", "net-next", "v3", "2/4"
  bool is_patch = false;          // a bracket says PATCH or RFC, or counts parts
  bool is_reply = false;          // Re:, AW:, Fwd: and their like stand before the title
  bool is_pull = false;           // [GIT PULL], [PULL]
  bool rfc = false;
  bool resend = false;
  int version = 1;
  std::optional<int> part;   // 0 is the cover letter
  std::optional<int> total;  // present with `part`
  std::string line;          // all of it but the reply marks that it opens with
  std::string title;         // without reply marks and without the bracket of the patch
};

// Pure and linear; takes any bytes, already decoded from RFC 2047 and unfolded. Numbers of more than
// four digits are not part numbers. Brackets after the patch's own belong to the title ("[media] foo"),
// as do all brackets when none of them speaks of a patch.
ParsedSubject parse_subject(std::string_view subject);

}  // namespace klab
