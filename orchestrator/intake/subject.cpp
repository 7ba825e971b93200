// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/subject.hpp"

#include <algorithm>
#include <array>

#include "util/text.hpp"

namespace klab {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> small_number(std::string_view text) {
  if (text.empty() || text.size() > 4 || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  int value = 0;
  for (char c : text) value = value * 10 + (c - '0');
  return value;
}

// "v3" and "v3.1" both belong to version 3; "[PATCH -v3]" and "[PATCH_v3]" mean it too.
std::optional<int> version_number(std::string_view word) {
  if (!word.empty() && (word[0] == '-' || word[0] == '_')) word.remove_prefix(1);
  if (word.size() < 2 || (word[0] != 'v' && word[0] != 'V')) return {};
  return small_number(word.substr(1, word.find('.') - 1));
}

// Marks of the mail programs that do not write "Re:".
constexpr std::array<std::string_view, 12> reply_marks = {
    "re:", "aw:", "sv:", "vs:", "antw:", "fwd:", "fw:", "wg:", "回复:", "回复：", "答复:", "答复：",
};

bool drop_reply_mark(std::string_view& rest) {
  const std::string start = to_lower(rest.substr(0, 16));
  for (auto mark : reply_marks) {
    if (start.compare(0, mark.size(), mark) != 0) continue;
    rest = trim(rest.substr(mark.size()));
    return true;
  }
  // Re[2]: counts the replies.
  if (start.compare(0, 3, "re[") != 0) return false;
  const auto end = start.find("]:");
  if (end == std::string::npos || !small_number(std::string_view(start).substr(3, end - 3))) return false;
  rest = trim(rest.substr(end + 2));
  return true;
}

std::vector<std::string> words_of(std::string_view bracket) {
  std::vector<std::string> words;
  std::string word;
  for (char c : bracket) {
    if (c != ' ' && c != '\t' && c != ',') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// Mercurial counts "1 of 3".
std::vector<std::string> with_slashes(std::vector<std::string> words) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i + 2 < words.size() && words[i + 1] == "of" && small_number(words[i]) && small_number(words[i + 2])) {
      out.push_back(words[i] + "/" + words[i + 2]);
      i += 2;
    } else {
      out.push_back(std::move(words[i]));
    }
  }
  return out;
}

// Takes the words of one bracket into `parsed`; says whether the bracket was a patch's.
bool take_bracket(std::string_view bracket, ParsedSubject& parsed) {
  bool patch = false;
  bool git = false;
  ParsedSubject next = parsed;
  for (auto& word : with_slashes(words_of(bracket))) {
    const std::string lower = to_lower(word);
    std::string_view rest = lower;
    if (rest.substr(0, 5) == "patch") {
      patch = true;
      rest.remove_prefix(5);  // [PATCHv2]
    } else if (lower == "rfc" || lower.substr(0, 4) == "rfcv") {
      patch = next.rfc = true;
      rest.remove_prefix(3);
    } else if (lower == "resend" || lower == "repost") {
      patch = next.resend = true;
    } else if (lower == "git") {
      git = true;
    } else if (lower == "pull" || (git && lower.substr(0, 4) == "pull")) {
      next.is_pull = true;
    }
    if (lower.find("rfc") != std::string::npos && lower.find("patch") != std::string::npos)
      patch = next.rfc = true;  // [RFC/PATCH]
    if (auto version = version_number(rest)) {
      next.version = *version;
      patch = true;
    } else if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
      const auto part = small_number(rest.substr(0, slash));
      const auto total = small_number(rest.substr(slash + 1));
      if (part && total && *total > 0) {
        next.part = part;
        next.total = total;
        patch = true;
      }
    }
    next.tags.push_back(std::move(word));
  }
  if (patch || next.is_pull) parsed = std::move(next);
  return patch;
}

}  // namespace

ParsedSubject parse_subject(std::string_view subject) {
  constexpr int most_brackets = 8;  // further ones are part of the title
  ParsedSubject parsed;
  std::string_view rest = trim(subject);
  while (drop_reply_mark(rest)) parsed.is_reply = true;
  parsed.line = std::string(rest);
  std::string_view title = rest;
  for (int brackets = 0; brackets < most_brackets;) {
    if (drop_reply_mark(rest)) {
      parsed.is_reply = true;
      if (!parsed.is_patch) title = rest;
      continue;
    }
    if (rest.empty() || rest[0] != '[') break;
    const auto end = rest.find(']');
    if (end == std::string_view::npos) break;
    const bool patch = take_bracket(rest.substr(1, end - 1), parsed);
    // A second bracket after the patch's own is part of the title unless it speaks of the patch too.
    if (parsed.is_patch && !patch) break;
    rest = trim(rest.substr(end + 1));
    ++brackets;
    parsed.is_patch = parsed.is_patch || patch;
    if (patch || parsed.is_pull) title = rest;
  }
  parsed.title = std::string(title);
  return parsed;
}

}  // namespace klab
