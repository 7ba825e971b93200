// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace klab {

// One patch of a series. `mail` is what git am takes: one mbox message.
struct Patch {
  int number = 1;  // position in the series, from 1
  std::string subject;  // without the [PATCH ...] prefix
  std::string author;   // Name <address>
  std::string date;     // as in the mail
  std::string message_id;  // without angle brackets; empty when the source has none
  std::vector<std::string> files;  // paths the diff touches, sorted
  std::string mail;
};

struct LeftAside {
  std::string what;  // subject or Message-ID of a message of the source
  std::string why;
};

// An ordered patch series, complete: patches[i].number == i + 1.
struct Series {
  std::string title;   // the cover letter's subject, else the first patch's
  std::string author;  // of the cover letter, else of the first patch
  int version = 1;
  std::string cover;       // body of the cover letter
  std::string cover_message_id;
  std::string base_commit;  // of a base-commit: trailer, or empty
  std::string change_id;
  std::vector<Patch> patches;
  std::vector<LeftAside> left_aside;
};

// First and last part of a series, both counted from 1 and included.
struct PatchRange {
  int first = 1;
  int last = 1;
};

}  // namespace klab
