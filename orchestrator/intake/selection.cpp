// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/selection.hpp"

#include <string.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "intake/postings.hpp"
#include "intake/threads.hpp"
#include "intake/trailers.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool mentions_repository(const Message& m) {
  for (std::string_view words : {"are available in the Git repository at:", "are available in the git repository at:"})
    for (const std::string* text : {&m.body, &m.after})
      if (::memmem(text->data(), text->size(), words.data(), words.size())) return true;
  return false;
}

class Selector {
 public:
  Selector(const std::vector<Message>& messages, const std::string& what)
      : messages_(messages), what_(what), threads_(threads_of(messages)) {}

  Result<Selection> run(std::optional<int> version) {
    auto candidates = sort_out();
    if (!candidates) return candidates.error();
    auto posted = group_postings(messages_, *candidates, threads_, single_, what_, aside_);
    // The n/m of a reply is that of the patch it answers; only where it counts a series was one forwarded.
    if (proposals_ && (!posted || std::none_of(posted->begin(), posted->end(), is_whole)))
      posted = group_postings(messages_, *candidates, threads_, true, what_, aside_);
    if (!posted) return posted.error();
    adopt_covers(messages_, plain_, *posted);
    for (const auto i : plain_) leave(i, "no patch");
    place_rerolls(messages_, *posted);
    if (auto one = one_series(*posted); !one) return one.error();
    return newest(*posted, version);
  }

 private:
  void leave(std::size_t i, std::string why) { aside_.push_back({describe(messages_[i]), std::move(why)}); }

  // A request to pull; the numbered mails of one that was also sent as patches are those patches.
  static bool is_pull(const Message& m) {
    if (m.subject.part && (m.has_diff || m.subject.part == 0)) return false;
    return m.subject.is_pull || (!m.has_diff && mentions_repository(m));
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
                    without_id.emplace(m.subject.version, m.subject.part.value_or(-1), m.title, m.diff_text())
                        .second;
      if (!first) {
        leave(i, m.message_id.empty() ? "the same patch once more" : "a second copy of the same Message-ID");
      } else if (is_pull(m)) {
        pull = true;
        leave(i, "a pull request");
      } else if (m.is_reply) {
        (m.has_diff ? replies_with_diff : answers).push_back(i);
      } else if (m.subject.part && *m.subject.part > *m.subject.total) {
        leave(i, fmt::format("part {} of {} does not count", *m.subject.part, *m.subject.total));
      } else if (m.subject.part == 0 || m.has_diff) {
        patch = patch || m.subject.part != 0;
        pull = pull || (m.subject.part == 0 && (m.subject.is_pull || mentions_repository(m)));
        candidates.push_back(i);
      } else {
        plain_.push_back(i);
      }
    }
    if (!patch && replies_with_diff.empty()) return no_patch(pull, !candidates.empty(), answers.size());
    if (!patch) {  // a patch proposed in a discussion, and nothing else
      proposals_ = true;
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

  std::string title(const Posting& posting) const {
    return printable(messages_[members_of(posting).front()].title);
  }

  Result<void> one_series(const std::vector<Posting>& all) const {
    DisjointSets sets(all.size());
    std::map<std::size_t, std::size_t> by_thread;
    std::map<std::string, std::size_t> by_title;
    for (std::size_t p = 0; p < all.size(); ++p)
      for (const auto i : members_of(all[p])) {
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

  // What postings are compared by, gathered once.
  struct Profile {
    std::vector<std::size_t> members;
    std::set<std::string> titles, ids;
  };
  Profile profile_of(const Posting& posting) const {
    Profile profile{members_of(posting), {}, ids_of(messages_, posting)};
    for (const auto i : profile.members) profile.titles.insert(to_lower(messages_[i].title));
    return profile;
  }

  static bool share_title(const Profile& a, const Profile& b) {
    const bool a_is_smaller = a.titles.size() < b.titles.size();
    const auto& few = (a_is_smaller ? a : b).titles;
    const auto& many = (a_is_smaller ? b : a).titles;
    return std::any_of(few.begin(), few.end(), [&](const auto& title) { return many.count(title) > 0; });
  }

  // Robots and reviewers answer a series with a patch under a title of its own; that is no newer version.
  // Says whether `a` is the one answered, and nothing where they are versions of one another.
  std::optional<bool> answer(const Posting& a, const Profile& about_a, const Posting& b,
                             const Profile& about_b) const {
    if (share_title(about_a, about_b)) return {};
    const Message& first = messages_[about_a.members.front()];
    const Message& second = messages_[about_b.members.front()];
    const bool same_sender = address_of(first.sender) == address_of(second.sender);
    if (same_sender && (a.version != b.version || first.subject.part || second.subject.part)) return {};
    if (follows(messages_, b, about_a.ids)) return true;
    if (follows(messages_, a, about_b.ids)) return false;
    return {};
  }

  // Somebody else's series that holds the patch too, and of which only that is here: a stable queue.
  bool is_excerpt(const Posting& a, const Posting& b) const {
    return a.version == b.version && !is_whole(a) && is_whole(b) &&
           address_of(messages_[members_of(a).front()].sender) !=
               address_of(messages_[members_of(b).front()].sender);
  }

  // Whether `a` replaces `b`. An RFC is older than what was posted for merging, unless its date says
  // otherwise.
  bool replaces(const Posting& a, const Profile& about_a, const Posting& b, const Profile& about_b) const {
    const Message& first = messages_[about_a.members.front()];
    const Message& second = messages_[about_b.members.front()];
    const auto when_a = seconds_of(first.date), when_b = seconds_of(second.date);
    if (const auto answered = answer(a, about_a, b, about_b)) return *answered;
    if (is_excerpt(a, b) || is_excerpt(b, a)) return is_whole(a);
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
    Profile about_best;
    for (const auto& posting : all) {
      versions.insert(posting.version);
      if (version && posting.version != *version) continue;
      Profile about = profile_of(posting);
      if (best && !replaces(posting, about, *best, about_best)) continue;
      best = &posting;
      about_best = std::move(about);
    }
    if (!best) {
      std::vector<std::string> names;
      for (int v : versions) names.push_back(std::to_string(v));
      return input_error("cannot use version {} of \"{}\": \"{}\" holds version{} {}", *version,
                         title(all.front()), what_, names.size() == 1 ? "" : "s", join(names, ", "));
    }
    Posting chosen = *best;
    const auto kept = complete_reroll(messages_, all, chosen);
    for (const auto& posting : all) {
      if (&posting == best) continue;
      if (kept.empty())
        leave_posting(posting, *best, about_best, version.has_value());
      else
        leave_rerolled(posting, chosen, kept);
    }
    return Selection{std::move(chosen), {versions.begin(), versions.end()}, std::move(aside_)};
  }

  // Of a posting whose other parts are used, those that were sent again.
  void leave_rerolled(const Posting& posting, const Posting& chosen,
                      const std::vector<std::pair<int, int>>& kept) {
    const auto used = members_of(chosen);
    const std::set<std::size_t> in_use(used.begin(), used.end());
    std::vector<std::string> rest;
    for (const auto& [part, version] : kept) rest.push_back(fmt::format("{} of version {}", part, version));
    for (const auto i : members_of(posting)) {
      if (in_use.count(i)) continue;
      const Message& m = messages_[i];
      if (posting.total != chosen.total || posting.version >= chosen.version || !m.has_diff)
        leave(i, fmt::format("version {}; version {} is used", posting.version, chosen.version));
      else
        leave(i, fmt::format("this part was sent again alone in version {}; used with it: part{} {}",
                             chosen.version, rest.size() == 1 ? "" : "s", join(rest, ", ")));
    }
  }

  void leave_posting(const Posting& posting, const Posting& best, const Profile& about_best, bool asked) {
    const Message& first = messages_[members_of(posting).front()];
    std::string why;
    if (is_excerpt(posting, best))
      return aside_.push_back({describe(first), fmt::format("a part of another series, which is not here whole; \"{}\" is used",
                                                            title(best))});
    if (posting.rfc != best.rfc)
      why = fmt::format("the {} posting of version {}", posting.rfc ? "RFC" : "non-RFC", posting.version);
    else if (posting.version != best.version)
      why = fmt::format("version {}", posting.version);
    else if (!first.subject.part && messages_[about_best.members.front()].subject.part)
      why = "a single patch beside the series";
    else if (!share_title(profile_of(posting), about_best))
      return aside_.push_back({describe(first), fmt::format("another {} of its thread; \"{}\" is used",
                                                            posting.total == 1 ? "patch" : "series", title(best))});
    else
      why = fmt::format("an earlier posting of version {}", posting.version);
    why += fmt::format("; version {} is {}", best.version, asked ? "asked for" : "used");
    aside_.push_back({describe(first), std::move(why)});
  }

  const std::vector<Message>& messages_;
  const std::string& what_;
  const std::vector<std::size_t> threads_;
  std::vector<LeftAside> aside_;
  std::vector<std::size_t> plain_;  // neither patch nor reply
  bool proposals_ = false;  // the candidates are replies
  bool single_ = false;  // the one candidate is a reply, whose n/m is that of the patch it answers
};

}  // namespace

Result<Selection> select_posting(const std::vector<Message>& messages, std::optional<int> version,
                                 const std::string& what) {
  return Selector(messages, what).run(version);
}

}  // namespace klab
