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

// One blob id that a diff says its file had before: a base that fits has it at that path.
struct PreimageBlob {
  std::string path;
  std::string id;  // hexadecimal, abbreviated as in the diff
};

struct LeftAside {
  std::string what;  // subject or Message-ID of a message of the source
  std::string why;
};

// A trailer that a reply offers for the series, e.g. "Reviewed-by: Name <address>". Shown, never applied.
struct OfferedTrailer {
  int part = 0;  // the patch replied to; 0: the cover letter, or unknown
  std::string trailer;
  std::string from;  // sender of the reply
};

// The mail that a reply to a series answers: its cover letter, else its first patch. Empty where there is none (a range of
// git, patches that nobody has sent), and where the series was stored before this was kept.
struct AnsweredMail {
  std::string subject;                  // as it was, but for "Re:" before it: "[PATCH net-next v2 0/3] title"
  std::string sender;                   // Name <address>, of Reply-To, else of From
  std::vector<std::string> recipients;  // likewise: of To and Cc, each once
  int left_out = 0;                     // recipients beyond the most that are kept
};

// An ordered patch series, complete: patches[i].number == i + 1.
struct Series {
  std::string title;   // the cover letter's subject, else the first patch's
  std::string author;  // of the cover letter, else of the first patch
  int version = 1;
  std::vector<int> versions;  // of this series in the sources, ascending
  bool rfc = false;
  bool resend = false;
  std::string cover;       // body of the cover letter
  std::string cover_message_id;
  std::string base_commit;  // of a base-commit: trailer, or empty
  std::string change_id;
  std::vector<std::string> prerequisites;  // "prerequisite-patch-id: ..." and its kin, as written
  std::vector<Patch> patches;
  std::vector<LeftAside> left_aside;
  std::vector<OfferedTrailer> trailers;
  AnsweredMail answered;
};

// First and last part of a series, both counted from 1 and included.
struct PatchRange {
  int first = 1;
  int last = 1;
};

}  // namespace klab
