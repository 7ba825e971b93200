// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/subject.hpp"

#include <catch2/catch.hpp>

#include "util/text.hpp"

using namespace klab;

namespace {

// One line that shows everything that was understood.
std::string shown(std::string_view subject) {
  const auto s = parse_subject(subject);
  std::string text = s.is_reply ? "reply " : "";
  if (s.is_pull) text += "pull ";
  if (s.is_patch) text += "patch ";
  if (s.rfc) text += "rfc ";
  if (s.resend) text += "resend ";
  text += "v" + std::to_string(s.version);
  if (s.part) text += " " + std::to_string(*s.part) + "/" + std::to_string(*s.total);
  return text + " {" + join(s.tags, "|") + "} " + s.title;
}

}  // namespace

TEST_CASE("subjects as kernel developers write them") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[PATCH] a: b", "patch v1 {PATCH} a: b"},
      {"[PATCH v3 2/4] a: b", "patch v3 2/4 {PATCH|v3|2/4} a: b"},
      {"[PATCH V3 0/7] workqueue: x", "patch v3 0/7 {PATCH|V3|0/7} workqueue: x"},
      {"[PATCHv2 01/10] x", "patch v2 1/10 {PATCHv2|01/10} x"},
      {"[RFC PATCH net-next v2 1/2] x", "patch rfc v2 1/2 {RFC|PATCH|net-next|v2|1/2} x"},
      {"[PATCH RFC 1/2] x", "patch rfc v1 1/2 {PATCH|RFC|1/2} x"},
      {"[RFC v2 1/4] x", "patch rfc v2 1/4 {RFC|v2|1/4} x"},
      {"[RFC/PATCH] x", "patch rfc v1 {RFC/PATCH} x"},
      {"[RESEND PATCH v2] x", "patch resend v2 {RESEND|PATCH|v2} x"},
      {"[RESEND][PATCH v2] x", "patch resend v2 {RESEND|PATCH|v2} x"},
      {"[PATCH 5.10 123/456] x", "patch v1 123/456 {PATCH|5.10|123/456} x"},
      {"[PATCH v3.1 2/4] x", "patch v3 2/4 {PATCH|v3.1|2/4} x"},
      {"[v2,1/3] x", "patch v2 1/3 {v2|1/3} x"},
      {"[PATCH 1 of 2] x", "patch v1 1/2 {PATCH|1/2} x"},
      {"[PATCH -v3 1/2] x", "patch v3 1/2 {PATCH|-v3|1/2} x"},
      {"[PATCH-v3] x", "patch v3 {PATCH-v3} x"},
      {"[PATCH_v2 1/2] x", "patch v2 1/2 {PATCH_v2|1/2} x"},
      {"[part of 2] x", "v1 {} [part of 2] x"},
      {"[pull request][net-next V2 00/15] x", "pull patch v2 0/15 {pull|request|net-next|V2|00/15} x"},
      {"[PATCH 1/2] [media] foo: bar", "patch v1 1/2 {PATCH|1/2} [media] foo: bar"},
      {"[EXTERNAL] Re: [PATCH 1/2] x", "reply patch v1 1/2 {PATCH|1/2} x"},
      {"Re: [PATCH v2 4/4] workqueue: y", "reply patch v2 4/4 {PATCH|v2|4/4} workqueue: y"},
      {"RE: Re: AW: [PATCH] y", "reply patch v1 {PATCH} y"},
      {"Re[2]: [PATCH] y", "reply patch v1 {PATCH} y"},
      {"[PATCH] Re: y", "reply patch v1 {PATCH} Re: y"},
      {"[media] foo: bar", "v1 {} [media] foo: bar"},
      {"Regression in foo: bar", "v1 {} Regression in foo: bar"},
      {"[GIT PULL] workqueue fixes", "pull v1 {GIT|PULL} workqueue fixes"},
      {"[PATCH 1/99999] x", "patch v1 {PATCH|1/99999} x"},
      {"[PATCH 1/0] x", "patch v1 {PATCH|1/0} x"},
      {"[PATCH x", "v1 {} [PATCH x"},
      {"[PATCH]", "patch v1 {PATCH} "},
      {"", "v1 {} "},
  };
  for (const auto& [subject, expected] : cases) {
    INFO(subject);
    CHECK(shown(subject) == expected);
  }
}

TEST_CASE("a subject of brackets without end is read in no time and kept") {
  std::string subject;
  for (int i = 0; i < 200'000; ++i) subject += "[x]";
  CHECK(parse_subject(subject).title.size() == subject.size());
  CHECK(parse_subject(std::string(1'000'000, '[')).title.size() == 1'000'000);
  std::string replies;
  for (int i = 0; i < 100'000; ++i) replies += "Re: ";
  CHECK(parse_subject(replies).is_reply);
}

TEST_CASE("a subject's line is all of it but the reply marks in front") {
  for (const auto& [subject, line] : std::vector<std::pair<std::string, std::string>>{
           {" [PATCH net-next v2 0/3] a: b ", "[PATCH net-next v2 0/3] a: b"},
           {"Re: RE: AW: [PATCH RFC 0/3] a", "[PATCH RFC 0/3] a"},
           {"Re[2]: hello", "hello"},
           {"[media] Re: a", "[media] Re: a"},
           {"Re:", ""}}) {
    INFO(subject);
    CHECK(parse_subject(subject).line == line);
  }
}
