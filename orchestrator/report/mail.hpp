// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/comparison.hpp"
#include "model/experiment.hpp"
#include "model/outcome.hpp"

namespace klab {

// What a mail about an experiment is made from. Borrows.
struct MailSource {
  const Report& report;
  const ExperimentPlan& plan;
  std::vector<std::string> commits;  // of the arms, as far as they are known
  std::optional<Outcome> outcome;    // unset while it goes on
  std::string message;               // why it is not ok
  std::string tail;                  // the output that explains it
  int boots_done = 0;
  int boots_planned = 0;
  bool boots_reproduce = true;  // `klab show --reproduce` knows a QEMU command: guests, not hosts
};

// A reply to the series, to all who had it. Fields are empty where the series does not say.
struct Mail {
  std::string to;               // Name <address>: the sender; the author where no mail of the series is known
  std::vector<std::string> cc;  // likewise: the mail's other recipients
  std::string subject;          // "Re: [PATCH v2 0/4] ..."
  std::string in_reply_to;      // Message-ID without brackets
  std::string body;
  int left_out = 0;  // recipients that are not in `cc`, because they are too many
};

// A reply that a maintainer can judge: what was compared, on what, how often; what changed, with interval and
// p-value, and all that speaks against believing it; the table; where the numbers come from; how to repeat it. Lines of at most 72
// columns, our own words in ASCII, names in UTF-8. It claims no Tested-by: that is the sender's to give. Pure.
Mail make_mail(const MailSource& source);

// The cover paragraphs alone, as make_mail writes them.
std::string mail_cover(const MailSource& source);

// For pasting: a block of headers, an empty line, the body. Lines of at most 72 columns, but for a word of a header that is
// longer itself: broken, it would be another.
std::string render_mail(const Mail& mail);

}  // namespace klab
