// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/subject.hpp"

#include "fuzz/target.hpp"
#include "util/text.hpp"

namespace klab::fuzz {
namespace {

void hold_sane(const ParsedSubject& parsed, std::string_view input) {
  hold(parsed.part.has_value() == parsed.total.has_value(), "a part without a total, or the reverse");
  hold(parsed.version >= 0 && parsed.version <= 9999, "version {}", parsed.version);
  if (parsed.part)
    hold(*parsed.part >= 0 && *parsed.part <= 9999 && *parsed.total >= 1 && *parsed.total <= 9999,
         "part {} of {}", *parsed.part, *parsed.total);
  hold(input.find(parsed.line) != std::string_view::npos && parsed.line.find(parsed.title) != std::string::npos, "the line is not in the subject");
  hold(input.find(parsed.title) != std::string_view::npos, "the title is not in the subject");
  hold(trim(parsed.title) == parsed.title, "the title has white space around it");
  std::size_t bytes = 0;
  for (const auto& tag : parsed.tags) {
    bytes += tag.size();
    hold(!tag.empty() && tag.find_first_of(" \t]") == std::string::npos, "a tag that is no word: {}", tag);
  }
  hold(bytes <= input.size(), "the tags are longer than the subject");
}

}  // namespace

void subject(std::string_view input) {
  const auto parsed = parse_subject(input);
  hold_sane(parsed, input);

  // What klab itself writes in front of a title is read back as it was written.
  const std::string title = parsed.title.empty() ? "title" : parsed.title;
  const auto bare = parse_subject(title);
  if (bare.is_patch || bare.is_reply || !bare.tags.empty() || bare.is_pull || bare.title != title) return;
  const int total = parsed.total.value_or(1), part = parsed.part.value_or(1);
  const auto again = parse_subject(fmt::format("[PATCH v{} {}/{}] {}", parsed.version, part, total, title));
  hold_sane(again, fmt::format("[PATCH v{} {}/{}] {}", parsed.version, part, total, title));
  hold(again.is_patch && !again.is_reply, "a written subject is no patch");
  hold(again.version == parsed.version, "version {} became {}", parsed.version, again.version);
  hold(again.part == part && again.total == total, "part {}/{} was lost", part, total);
  hold(again.title == title, "title \"{}\" became \"{}\"", title, again.title);
}

}  // namespace klab::fuzz
