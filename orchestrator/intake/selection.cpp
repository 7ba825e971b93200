// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/selection.hpp"

#include <time.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "intake/threads.hpp"
#include "intake/trailers.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

std::optional<std::int64_t> seconds_of(const std::string& date) {
  const auto comma = date.find(',');
  std::tm when{};
  const std::string rest(trim(std::string_view(date).substr(comma == std::string::npos ? 0 : comma + 1)));
  if (!::strptime(rest.c_str(), "%d %b %Y %H:%M:%S %z", &when)) return {};
  const long offset = when.tm_gmtoff;
  return static_cast<std::int64_t>(::timegm(&when)) - offset;
}

class Selector {
 public:
  Selector(const std::vector<Message>& messages, const std::string& what)
      : messages_(messages), what_(what), threads_(threads_of(messages)) {}

  Result<Selection> run(std::optional<int> version) {
    auto candidates = sort_out();
    if (!candidates) return candidates.error();
    auto posted = postings(*candidates);
    if (!posted) return posted.error();
    if (auto one = one_series(*posted); !one) return one.error();
    return newest(*posted, version);
  }

 private:
  void leave(std::size_t i, std::string why) { aside_.push_back({describe(messages_[i]), std::move(why)}); }

  bool is_pull(const Message& m) const {
    return m.subject.is_pull ||
           (!m.has_diff && m.body.find("are available in the Git repository at:") != m.body.npos);
  }

  // Patches and cover letters; everything else goes aside with its reason.
  Result<std::vector<std::size_t>> sort_out() {
    std::set<std::string> ids;
    std::set<std::tuple<int, int, std::string, std::string>> without_id;
    std::vector<std::size_t> candidates, answers, replies_with_diff;
    bool patch = false, pull = false;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      const Message& m = messages_[i];
      const bool first =
          !m.message_id.empty()
              ? ids.insert(m.message_id).second
              : !m.has_diff ||
                    without_id.emplace(m.subject.version, m.subject.part.value_or(-1), m.title, m.after)
                        .second;
      if (!first) {
        leave(i, m.message_id.empty() ? "the same patch once more" : "a second copy of the same Message-ID");
      } else if (is_pull(m)) {
        pull = true;
        leave(i, "a pull request");
      } else if (m.subject.is_reply) {
        (m.has_diff ? replies_with_diff : answers).push_back(i);
      } else if (m.subject.part && *m.subject.part > *m.subject.total) {
        leave(i, fmt::format("part {} of {} does not count", *m.subject.part, *m.subject.total));
      } else if (m.subject.part == 0 || m.has_diff) {
        patch = patch || m.subject.part != 0;
        candidates.push_back(i);
      } else {
        leave(i, "no patch");
      }
    }
    if (!patch && replies_with_diff.empty()) return no_patch(pull, !candidates.empty(), answers.size());
    if (!patch) {  // a patch proposed in a discussion, and nothing else
      single_ = replies_with_diff.size() == 1;
      for (const auto i : single_ ? candidates : std::vector<std::size_t>{})
        leave(i, "a cover letter without its parts");
      if (single_) candidates.clear();
      candidates.insert(candidates.end(), replies_with_diff.begin(), replies_with_diff.end());
      replies_with_diff.clear();
    }
    for (const auto i : replies_with_diff) leave(i, "a reply with a diff of its own");
    for (const auto i : answers) {
      const auto trailers = offered_trailers(messages_[i]);
      leave(i, trailers.empty() ? "a reply" : "a reply that offers " + join(trailers, ", "));
    }
    return candidates;
  }

  Error no_patch(bool pull, bool cover, std::size_t answers) const {
    std::string why = "it holds no patch";
    const bool quoted =
        std::any_of(messages_.begin(), messages_.end(), [](auto& m) { return m.has_quoted_diff; });
    if (messages_.empty())
      why = "it is empty";
    else if (pull)
      why = "a pull request without patches; fetch its branch and give the range, as in main..FETCH_HEAD";
    else if (cover)
      why = "it holds a cover letter and none of its patches; give the parts too";
    else if (quoted)
      why = "its only diff is quoted in a reply; give the mail that brought it";
    else if (answers > 0)
      why = "it holds replies and no patch";
    return input_error("cannot use \"{}\": {}", what_, why);
  }

  // One posting for each (version, number of parts, RFC, RESEND), and one for each thread where that would
  // put two messages in one place.
  Result<std::vector<Posting>> postings(const std::vector<std::size_t>& candidates) {
    using Key = std::tuple<int, int, bool, bool>;
    std::map<Key, std::vector<std::size_t>> groups;
    for (const auto i : candidates) {
      const auto& s = messages_[i].subject;
      groups[{s.version, single_ ? 0 : s.total.value_or(0), s.rfc, s.resend}].push_back(i);
    }
    std::vector<Posting> all;
    for (const auto& [key, members] : groups) {
      const auto& [version, total, rfc, resend] = key;
      Posting base{version, total, rfc, resend, {}, {}};
      if (total == 0) {
        unnumbered(base, members, all);
        continue;
      }
      if (!clash(members)) {
        all.push_back(numbered(base, members));
        continue;
      }
      std::map<std::size_t, std::vector<std::size_t>> by_thread;
      for (const auto i : members) by_thread[threads_[i]].push_back(i);
      for (const auto& [thread, some] : by_thread) {
        if (const auto twice = clash(some))
          return input_error(
              "cannot use \"{}\": part {} of {} is there twice, as \"{}\" and as \"{}\"; remove one of them",
              what_, *messages_[twice->first].subject.part, total,
              printable(describe(messages_[twice->first])), printable(describe(messages_[twice->second])));
        all.push_back(numbered(base, some));
      }
    }
    return all;
  }

  // Patches without n/m and Message-ID come from git format-patch -N: the user's order is their order.
  void unnumbered(const Posting& base, const std::vector<std::size_t>& members,
                  std::vector<Posting>& all) const {
    const bool sent =
        std::any_of(members.begin(), members.end(), [&](auto i) { return !messages_[i].message_id.empty(); });
    Posting posting = base;
    posting.total = 1;
    for (const auto i : members) {
      posting.parts.push_back(i);
      if (!sent) continue;
      all.push_back(posting);
      posting.parts.clear();
    }
    posting.total = static_cast<int>(posting.parts.size());
    if (!sent) all.push_back(posting);
  }

  Posting numbered(Posting posting, const std::vector<std::size_t>& members) const {
    posting.parts.assign(static_cast<std::size_t>(posting.total), Posting::absent);
    for (const auto i : members) {
      const int part = *messages_[i].subject.part;
      if (part == 0)
        posting.cover = i;
      else
        posting.parts[static_cast<std::size_t>(part - 1)] = i;
    }
    return posting;
  }

  std::optional<std::pair<std::size_t, std::size_t>> clash(const std::vector<std::size_t>& members) const {
    std::map<int, std::size_t> seen;
    for (const auto i : members) {
      const auto [place, first] = seen.emplace(*messages_[i].subject.part, i);
      if (!first) return std::pair{place->second, i};
    }
    return {};
  }

  std::vector<std::size_t> members(const Posting& posting) const {
    std::vector<std::size_t> all;
    if (posting.cover) all.push_back(*posting.cover);
    for (const auto i : posting.parts)
      if (i != Posting::absent) all.push_back(i);
    return all;
  }

  std::string title(const Posting& posting) const {
    return printable(messages_[members(posting).front()].title);
  }

  Result<void> one_series(const std::vector<Posting>& all) const {
    DisjointSets sets(all.size());
    std::map<std::size_t, std::size_t> by_thread;
    std::map<std::string, std::size_t> by_title;
    for (std::size_t p = 0; p < all.size(); ++p)
      for (const auto i : members(all[p])) {
        sets.join(p, by_thread.emplace(threads_[i], p).first->second);
        sets.join(p, by_title.emplace(to_lower(messages_[i].title), p).first->second);
      }
    std::vector<std::string> shown;
    std::set<std::size_t> families;
    for (std::size_t p = 0; p < all.size(); ++p)
      if (families.insert(sets.find(p)).second && shown.size() < 4)
        shown.push_back(
            fmt::format("\"{}\" ({} patch{})", title(all[p]), all[p].total, all[p].total == 1 ? "" : "es"));
    if (families.size() == 1) return {};
    if (families.size() > shown.size()) shown.push_back("...");
    return input_error("cannot choose a series from \"{}\": it holds {}: {}; give the messages of one", what_,
                       families.size(), join(shown, ", "));
  }

  // Whether `a` replaces `b`. An RFC is older than what was posted for merging, unless its date says
  // otherwise.
  bool replaces(const Posting& a, const Posting& b) const {
    const Message& first = messages_[members(a).front()];
    const Message& second = messages_[members(b).front()];
    const auto when_a = seconds_of(first.date), when_b = seconds_of(second.date);
    const bool later =
        when_a && when_b && *when_a != *when_b ? *when_a > *when_b : first.order > second.order;
    if (a.rfc != b.rfc) return when_a && when_b ? later : b.rfc;
    if (a.version != b.version) return a.version > b.version;
    const bool a_numbered = first.subject.part.has_value(), b_numbered = second.subject.part.has_value();
    if (a_numbered != b_numbered) return a_numbered;
    if (a.resend != b.resend) return a.resend;
    return later;
  }

  Result<Selection> newest(const std::vector<Posting>& all, std::optional<int> version) {
    std::set<int> versions;
    const Posting* best = nullptr;
    for (const auto& posting : all) {
      versions.insert(posting.version);
      if (version && posting.version != *version) continue;
      if (!best || replaces(posting, *best)) best = &posting;
    }
    if (!best) {
      std::vector<std::string> names;
      for (int v : versions) names.push_back(std::to_string(v));
      return input_error("cannot use version {} of \"{}\": \"{}\" holds version{} {}", *version,
                         title(all.front()), what_, names.size() == 1 ? "" : "s", join(names, ", "));
    }
    for (const auto& posting : all)
      if (&posting != best) leave_posting(posting, *best, version.has_value());
    return Selection{*best, {versions.begin(), versions.end()}, std::move(aside_)};
  }

  void leave_posting(const Posting& posting, const Posting& best, bool asked) {
    const Message& first = messages_[members(posting).front()];
    std::string why;
    if (posting.rfc != best.rfc)
      why = fmt::format("the {} posting of version {}", posting.rfc ? "RFC" : "non-RFC", posting.version);
    else if (posting.version != best.version)
      why = fmt::format("version {}", posting.version);
    else if (!first.subject.part && messages_[members(best).front()].subject.part)
      why = "a single patch beside the series";
    else
      why = fmt::format("an earlier posting of version {}", posting.version);
    why += fmt::format("; version {} is {}", best.version, asked ? "asked for" : "used");
    aside_.push_back({describe(first), std::move(why)});
  }

  const std::vector<Message>& messages_;
  const std::string& what_;
  const std::vector<std::size_t> threads_;
  std::vector<LeftAside> aside_;
  bool single_ = false;  // the one candidate is a reply, whose n/m is that of the patch it answers
};

}  // namespace

Result<Selection> select_posting(const std::vector<Message>& messages, std::optional<int> version,
                                 const std::string& what) {
  return Selector(messages, what).run(version);
}

}  // namespace klab
