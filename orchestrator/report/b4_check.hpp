// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "report/mail.hpp"

namespace klab {

// What `b4 review` reads from a check command (b4.review-series-check-cmd and b4.review-perpatch-check-cmd, from b4
// 0.15 on; Debian 12 has 0.12). As its documentation (docs/reviewer/review.rst, "CI check integration") and
// misc/review-ci-example.py have it: a JSON array of objects with
//   tool     column of the results; b4 keeps one result per message and tool
//   status   "pass", "warn" or "fail"; anything else counts as "fail"
//   summary  one line
//   url      for the maintainer's browser; left out where klabd serves no pages
//   details  lines of text; must not be JSON, which b4 takes for a list of findings
// An empty array means that there is nothing to report.
//
// One entry: "fail" for a regression and for a kernel that does not apply, build, boot or finish; "warn" where nothing
// can be said yet or something wants a second look (still running, a broken lab, too few boots, a row that is suggestive
// for the worse); else "pass". Pure.
std::string render_b4_check(const MailSource& source, const std::string& url);
std::string render_b4_nothing();  // no experiment has that series

}  // namespace klab
