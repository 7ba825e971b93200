// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "intake/read_series.hpp"
#include "tests/intake/mail_mutations.hpp"

// Small mails of a thread, with the least that each kind of it needs.
namespace klab::test {

struct Sent {
  std::string subject;
  std::string id;
  std::string parent = {};
  std::string body = {};
  std::string from = "Ann Author <ann@example.org>";
  std::string headers = {};
  std::string date = "Wed, 3 Jun 2026 06:40:11 -0700";
};

inline std::string change(const std::string& file, const std::string& line = "int c;") {
  return fmt::format(
      "Text.\n---\ndiff --git a/{0} b/{0}\nindex 1111111..2222222 100644\n--- a/{0}\n+++ b/{0}\n"
      "@@ -1,3 +1,3 @@\n int a;\n-int b;\n+{1}\n int d;\n",
      file, line);
}

inline std::string mail_of(const Sent& sent) {
  std::string mail = fmt::format("From: {}\nSubject: {}\nDate: {}\n", sent.from, sent.subject, sent.date);
  if (!sent.id.empty()) mail += fmt::format("Message-ID: <{}@x>\n", sent.id);
  if (!sent.parent.empty()) mail += fmt::format("In-Reply-To: <{0}@x>\nReferences: <{0}@x>\n", sent.parent);
  return mail + sent.headers + "\n" + sent.body;
}

inline std::string thread_of(const std::vector<Sent>& all) {
  std::vector<std::string> mails;
  for (const auto& sent : all) mails.push_back(mail_of(sent));
  return as_mbox(mails);
}

inline Series must_read_text(const std::string& bytes, const IntakeOptions& options = {}) {
  auto series = read_series({{"x.mbox", bytes}}, options);
  INFO((series ? "" : series.error().message));
  REQUIRE(series.has_value());
  return std::move(*series);
}

// "title vN [cover]: id id ...", then what was left aside, a line each.
inline std::string chosen(const Series& series) {
  std::string text = fmt::format("{} v{} [{}]:", series.title, series.version, series.cover_message_id);
  for (const auto& patch : series.patches) text += " " + patch.message_id;
  for (const auto& one : series.left_aside) text += "\n" + one.what + " -> " + one.why;
  return text;
}

inline std::string chosen(const std::vector<Sent>& all) { return chosen(must_read_text(thread_of(all))); }

}  // namespace klab::test
