// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/postings.hpp"

#include <time.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "util/text.hpp"

namespace klab {
namespace {

using Members = std::vector<std::size_t>;

std::optional<std::pair<std::size_t, std::size_t>> clash(const std::vector<Message>& messages,
                                                         const Members& members) {
  std::map<int, std::size_t> seen;
  for (const auto i : members) {
    const auto [place, first] = seen.emplace(*messages[i].subject.part, i);
    if (!first) return std::pair{place->second, i};
  }
  return {};
}

// Patches without n/m and Message-ID come from git format-patch -N: the user's order is their order.
void unnumbered(const std::vector<Message>& messages, const Posting& base, const Members& members,
                std::vector<Posting>& all) {
  const bool sent =
      std::any_of(members.begin(), members.end(), [&](auto i) { return !messages[i].message_id.empty(); });
  Posting posting = base;
  posting.total = 1;
  for (const auto i : members) {
    posting.parts[static_cast<int>(posting.parts.size() + 1)] = i;
    if (!sent) continue;
    all.push_back(posting);
    posting.parts.clear();
  }
  posting.total = static_cast<int>(posting.parts.size());
  if (!sent) all.push_back(posting);
}

Posting numbered(const std::vector<Message>& messages, Posting posting, const Members& members) {
  for (const auto i : members) {
    const int part = *messages[i].subject.part;
    if (part == 0)
      posting.cover = i;
    else
      posting.parts[part] = i;
  }
  return posting;
}

// Without the copies that another list sent on under a Message-ID of its own, which keeps the date, and
// within one thread without what was sent again unchanged.
Members without_copies(const std::vector<Message>& messages, const Members& members, bool one_thread,
                       std::vector<LeftAside>& aside) {
  std::set<std::tuple<int, std::string, std::string, std::string>> seen;
  Members kept;
  for (const auto i : members) {
    const Message& m = messages[i];
    const std::string_view text = m.has_diff ? m.diff_text() : std::string_view(m.body);
    if (seen.emplace(*m.subject.part, m.title, one_thread ? "" : m.date, text).second)
      kept.push_back(i);
    else
      aside.push_back({describe(m), "the same patch once more"});
  }
  return kept;
}

// Mails that follow nothing, in the order they were sent: a part that is there already begins a posting.
std::vector<Members> by_turns(const std::vector<Message>& messages, Members members) {
  std::stable_sort(members.begin(), members.end(), [&](auto a, auto b) {
    const auto when_a = seconds_of(messages[a].date), when_b = seconds_of(messages[b].date);
    return when_a && when_b && *when_a < *when_b;
  });
  std::vector<Members> turns;
  std::set<int> seen;
  for (const auto i : members) {
    if (turns.empty() || !seen.insert(*messages[i].subject.part).second) {
      turns.emplace_back();
      seen = {*messages[i].subject.part};
    }
    turns.back().push_back(i);
  }
  return turns;
}

}  // namespace

std::optional<std::int64_t> seconds_of(const std::string& date) {
  const auto comma = date.find(',');
  std::tm when{};
  const std::string rest(trim(std::string_view(date).substr(comma == std::string::npos ? 0 : comma + 1)));
  const char* zone = ::strptime(rest.c_str(), "%d %b %Y %H:%M:%S", &when);
  if (!zone) zone = ::strptime(rest.c_str(), "%d %b %Y %H:%M", &when);
  if (!zone) return {};
  const auto utc = static_cast<std::int64_t>(::timegm(&when));
  std::tm offset{};
  if (!::strptime(zone, " %z", &offset)) return utc;  // GMT, and names that nobody can tell apart
  return utc - offset.tm_gmtoff;
}

std::string address_of(const std::string& from) {
  const auto open = from.rfind('<');
  const auto close = from.rfind('>');
  if (open == std::string::npos || close == std::string::npos || close < open) return to_lower(trim(from));
  return to_lower(trim(std::string_view(from).substr(open + 1, close - open - 1)));
}

std::vector<std::size_t> members_of(const Posting& posting) {
  Members all;
  if (posting.cover) all.push_back(*posting.cover);
  for (const auto& [part, i] : posting.parts) all.push_back(i);
  return all;
}

bool is_whole(const Posting& posting) {
  return posting.parts.size() == static_cast<std::size_t>(posting.total);
}

std::set<std::string> ids_of(const std::vector<Message>& messages, const Posting& posting) {
  std::set<std::string> ids;
  for (const auto i : members_of(posting))
    if (!messages[i].message_id.empty()) ids.insert(messages[i].message_id);
  return ids;
}

bool follows(const std::vector<Message>& messages, const Posting& a, const std::set<std::string>& ids) {
  for (const auto i : members_of(a))
    for (const auto& parent : messages[i].parents)
      if (ids.count(parent)) return true;
  return false;
}

Result<std::vector<Posting>> group_postings(const std::vector<Message>& messages, const Members& candidates,
                                            const std::vector<std::size_t>& threads, bool proposal,
                                            const std::string& what, std::vector<LeftAside>& aside) {
  std::map<std::tuple<int, int, bool, bool>, Members> groups;
  for (const auto i : candidates) {
    const auto& s = messages[i].subject;
    groups[{s.version, proposal ? 0 : s.total.value_or(0), s.rfc, s.resend}].push_back(i);
  }
  std::vector<Posting> all;
  for (const auto& [key, grouped] : groups) {
    const auto& [version, total, rfc, resend] = key;
    const Posting base{version, total, rfc, resend, {}, {}};
    if (total == 0) {
      unnumbered(messages, base, grouped, all);
      continue;
    }
    const Members members =
        clash(messages, grouped) ? without_copies(messages, grouped, false, aside) : grouped;
    if (!clash(messages, members)) {
      all.push_back(numbered(messages, base, members));
      continue;
    }
    std::map<std::size_t, Members> by_thread;
    for (const auto i : members) by_thread[threads[i]].push_back(i);
    Members alone;
    for (const auto& [thread, thread_members] : by_thread) {
      const Members some = without_copies(messages, thread_members, true, aside);
      if (const auto twice = clash(messages, some))
        return input_error(
            "cannot use \"{}\": part {} of {} is there twice, as \"{}\" and as \"{}\"; remove one of them",
            what, *messages[twice->first].subject.part, total, printable(describe(messages[twice->first])),
            printable(describe(messages[twice->second])));
      if (some.size() == 1 && total > 1)
        alone.push_back(some.front());
      else
        all.push_back(numbered(messages, base, some));
    }
    for (const auto& some : by_turns(messages, alone)) all.push_back(numbered(messages, base, some));
  }
  return all;
}

void adopt_covers(const std::vector<Message>& messages, Members& plain, std::vector<Posting>& postings) {
  std::map<std::string, std::size_t> bare, talk;  // covers without parts, and plain mails, by Message-ID
  for (std::size_t p = 0; p < postings.size(); ++p)
    if (postings[p].cover && members_of(postings[p]).size() == 1)
      bare.emplace(messages[*postings[p].cover].message_id, p);
  for (std::size_t i = 0; i < plain.size(); ++i) talk.emplace(messages[plain[i]].message_id, plain[i]);
  std::set<std::size_t> joined, taken;
  for (auto& posting : postings) {
    const auto members = members_of(posting);
    if (posting.cover || members.empty()) continue;
    const Message& first = messages[members.front()];
    for (const auto& parent : first.parents) {
      std::optional<std::size_t> cover;
      if (const auto known = bare.find(parent); known != bare.end() && joined.insert(known->second).second)
        cover = postings[known->second].cover;
      else if (const auto mail = talk.find(parent);
               mail != talk.end() &&
               address_of(messages[mail->second].sender) == address_of(first.sender) &&
               taken.insert(mail->second).second)
        cover = mail->second;
      if (!cover) continue;
      posting.cover = cover;
      posting.version = std::max(posting.version, messages[*cover].subject.version);
      posting.rfc = posting.rfc || messages[*cover].subject.rfc;
      posting.resend = posting.resend || messages[*cover].subject.resend;
      break;
    }
  }
  plain.erase(std::remove_if(plain.begin(), plain.end(), [&](auto i) { return taken.count(i) > 0; }),
              plain.end());
  std::vector<Posting> left;
  for (std::size_t p = 0; p < postings.size(); ++p)
    if (!joined.count(p)) left.push_back(std::move(postings[p]));
  postings = std::move(left);
}

void place_rerolls(const std::vector<Message>& messages, std::vector<Posting>& postings) {
  std::map<std::string, std::pair<std::size_t, int>> places;  // Message-ID: posting and part
  for (std::size_t p = 0; p < postings.size(); ++p)
    for (const auto& [part, i] : postings[p].parts)
      if (postings[p].total > 1 && !messages[i].message_id.empty())
        places.emplace(messages[i].message_id, std::pair{p, part});
  if (places.empty()) return;
  std::map<std::pair<std::size_t, int>, std::size_t> made;  // posting answered and version: posting
  std::vector<Posting> kept;
  for (const auto& posting : postings) {
    const auto members = members_of(posting);
    const Message& m = messages[members.front()];
    const auto place = m.parents.empty() ? places.end() : places.find(m.parents.back());
    if (place == places.end() || members.size() != 1 || m.subject.part || !m.has_diff) {
      kept.push_back(posting);
      continue;
    }
    const auto& [p, number] = place->second;
    const Message& answered = messages[postings[p].parts.at(number)];
    if (posting.version <= postings[p].version || address_of(m.sender) != address_of(answered.sender)) {
      kept.push_back(posting);
      continue;
    }
    const auto [found, fresh] = made.emplace(std::pair{p, posting.version}, kept.size());
    if (fresh) {
      Posting part = posting;
      part.total = postings[p].total;
      part.parts.clear();
      kept.push_back(std::move(part));
    }
    kept[found->second].parts[number] = members.front();
  }
  postings = std::move(kept);
}

std::vector<std::pair<int, int>> complete_reroll(const std::vector<Message>& messages,
                                                 const std::vector<Posting>& all, Posting& posting) {
  if (posting.cover || posting.total < 2 || is_whole(posting)) return {};
  std::vector<const Posting*> earlier;
  for (const auto& other : all)
    if (other.version < posting.version && other.total == posting.total) earlier.push_back(&other);
  std::stable_sort(earlier.begin(), earlier.end(),
                   [](const Posting* a, const Posting* b) { return a->version > b->version; });
  constexpr std::size_t most_earlier = 30;  // who sends a part again more often has no one series
  if (earlier.size() > most_earlier) return {};
  // Those answered, directly or by way of other parts that were sent again.
  std::vector<const Posting*> family{&posting};
  std::set<const Posting*> known{&posting};
  for (std::size_t at = 0; at < family.size(); ++at) {
    const auto ids = ids_of(messages, *family[at]);
    for (const auto* other : earlier)
      if (!known.count(other) && (follows(messages, *family[at], ids_of(messages, *other)) ||
                                  (!is_whole(*other) && follows(messages, *other, ids)))) {
        family.push_back(other);
        known.insert(other);
      }
  }
  Posting filled = posting;
  std::vector<std::pair<int, int>> taken;
  for (const auto* other : earlier) {
    if (!known.count(other)) continue;
    for (const auto& [part, i] : other->parts)
      if (filled.parts.emplace(part, i).second) taken.emplace_back(part, other->version);
    if (!filled.cover) filled.cover = other->cover;
  }
  if (!is_whole(filled)) return {};
  std::sort(taken.begin(), taken.end());
  posting = std::move(filled);
  return taken;
}

}  // namespace klab
