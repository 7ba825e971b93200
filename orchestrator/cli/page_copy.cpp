// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/page_copy.hpp"

#include <algorithm>
#include <deque>

#include "util/hash.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

constexpr std::size_t longest_name = 80;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// A file's name that says what it was and that no two texts share.
std::string file_name(std::string_view text) {
  const bool plain =
      !text.empty() && text.front() != '.' && text.size() <= longest_name && std::all_of(text.begin(), text.end(), is_plain);
  if (plain) return std::string(text);
  std::string out;
  for (const char c : text.substr(0, longest_name)) {
    const char kept = is_plain(c) && c != '.' ? c : '-';
    if (kept != '-' || (!out.empty() && out.back() != '-')) out += kept;
  }
  return out + (out.empty() || out.back() == '-' ? "" : "-") + sha256(text).substr(0, 10);
}

bool is_file(std::string_view name) {
  return name.ends_with(".json") || name.ends_with(".csv") || name.ends_with(".txt") || name.ends_with(".html") ||
         name.ends_with(".mbox");
}

std::string unescaped(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; (at = out.find("&amp;", at)) != std::string::npos; ++at) out.replace(at, 5, "&");
  return out;
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  for (auto& part : split(path, '/'))
    if (!part.empty()) out.push_back(std::move(part));
  return out;
}

// The value of the next href or src that leads to another page: [begin, end), and where its attribute begins.
struct Attribute {
  std::size_t begin = 0, first = 0, last = 0;
};
std::optional<Attribute> next_link(std::string_view html, std::size_t from) {
  const auto href = html.find(" href=\"/", from), src = html.find(" src=\"/", from);
  const auto at = std::min(href, src);
  if (at == html.npos) return std::nullopt;
  Attribute found;
  found.begin = at;
  found.first = html.find('"', at) + 1;
  found.last = html.find('"', found.first);
  if (found.last == html.npos) return std::nullopt;
  return found;
}

// Whether a page that leads there brings it along.
bool brings(CopyScope& scope, const std::string& from, const std::string& target) {
  const auto path = target.substr(0, target.find('?'));
  const auto parts = segments(path), whence = segments(from.substr(0, from.find('?')));
  if (parts.empty()) return true;
  const auto& room = parts[0];
  if (room == "assets") return true;
  if (parts.size() == 1)
    return room == "matrices" || room == "investigations" || room == "hosts" || room == "workloads" || target == "/experiments";
  const bool of_night = !whence.empty() && whence[0] == "nights";
  if (room == "experiments") {
    if (of_night && scope.all_experiments_of_nights && parts.size() == 2) scope.experiments.insert(parts[1]);
    return scope.experiments.count(parts[1]) > 0;
  }
  const bool of_experiment =
      !whence.empty() && (whence[0] == "experiments" || whence[0] == "builds" || whence[0] == "boots") && whence.size() > 1;
  if (room == "boots" || room == "builds") return of_experiment;
  if (room == "nights") return scope.nights.count(parts[1]) > 0;
  if (room == "matrices") return scope.matrices.count(parts[1]) > 0;
  if (room == "cells") return !whence.empty() && (whence[0] == "matrices" || whence[0] == "cells");
  return room == "investigations" || room == "hosts" || room == "workloads";
}

}  // namespace

std::string copy_file(std::string_view target) {
  const auto mark = target.find('?');
  const auto path = target.substr(0, mark);
  const auto query = mark == target.npos ? std::string_view() : target.substr(mark + 1);
  auto parts = segments(path);
  if (parts.empty()) return "index.html";
  if (parts[0] == "assets" && parts.size() == 2) return "assets/" + file_name(parts[1]);
  std::string out;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) out += file_name(parts[i]) + "/";
  const auto& last = parts.back();
  if (!query.empty()) return out + file_name(last + "?" + std::string(query)) + ".html";
  if (parts.size() == 3 && is_file(last)) return out + file_name(last);
  const bool text = parts.size() == 3 && (last == "console" || last == "reproduce" || last == "log" || last == "config");
  return out + file_name(last) + (text ? ".txt" : ".html");
}

std::string relative_way(std::string_view from, std::string_view to) {
  const auto there = split(to, '/'), here = split(from, '/');
  std::size_t common = 0;
  while (common + 1 < there.size() && common + 1 < here.size() && there[common] == here[common]) ++common;
  std::string out;
  for (std::size_t i = common; i + 1 < here.size(); ++i) out += "../";
  for (std::size_t i = common; i < there.size(); ++i) out += there[i] + (i + 1 < there.size() ? "/" : "");
  return out;
}

std::vector<std::string> links_of(std::string_view html) {
  std::vector<std::string> links;
  std::set<std::string> seen;
  std::size_t at = 0;
  while (const auto link = next_link(html, at)) {
    auto target = unescaped(html.substr(link->first, link->last - link->first));
    target.resize(std::min(target.find('#'), target.size()));
    if (seen.insert(target).second) links.push_back(std::move(target));
    at = link->last;
  }
  return links;
}

std::string with_links(std::string_view html, std::string_view file, const std::map<std::string, std::string>& files) {
  std::string out;
  std::size_t at = 0;
  while (const auto link = next_link(html, at)) {
    const auto target = unescaped(html.substr(link->first, link->last - link->first));
    const auto hash = std::min(target.find('#'), target.size());
    const auto found = files.find(target.substr(0, hash));
    if (found == files.end()) {
      out += html.substr(at, link->begin - at);
    } else {
      out += html.substr(at, link->first - at);
      out += escape_html(relative_way(file, found->second) + target.substr(hash));
      out += '"';
    }
    at = link->last + 1;
  }
  out += html.substr(at);
  return out;
}

Result<std::map<std::string, std::string>> copy_pages(CopyScope scope, const FetchPage& fetch) {
  std::map<std::string, std::string> files, content;  // by address
  std::set<std::string> nowhere;
  const auto asked = scope.experiments;
  std::deque<std::string> waiting{"/"};
  for (const auto& id : scope.experiments) waiting.push_back("/experiments/" + id);
  for (const auto& name : scope.matrices) waiting.push_back("/matrices/" + name);
  for (const auto& id : scope.nights) waiting.push_back("/nights/" + id);
  while (!waiting.empty()) {
    const auto target = waiting.front();
    waiting.pop_front();
    if (files.count(target) || nowhere.count(target)) continue;
    const auto file = copy_file(target);
    const bool is_page = file.ends_with(".html") && !target.ends_with("/report.html");
    auto body = fetch(is_page ? target + (target.find('?') == std::string::npos ? "?copy=1" : "&copy=1") : target);
    if (!body) return body.error();
    if (!*body) {
      const auto parts = segments(target);
      if (parts.size() == 2 && parts[0] == "experiments" && asked.count(parts[1]))
        return input_error("cannot export experiment {}: klabd has none of that number; klab status lists the latest", parts[1]);
      nowhere.insert(target);
      continue;
    }
    files[target] = file;
    if (is_page)
      for (auto& link : links_of(**body))
        if (!files.count(link) && brings(scope, target, link)) waiting.push_back(std::move(link));
    content[target] = std::move(**body);
  }
  std::map<std::string, std::string> out;
  for (auto& [target, body] : content) {
    const auto& file = files[target];
    const bool is_page = file.ends_with(".html") && !target.ends_with("/report.html");
    out[file] = is_page ? with_links(body, file, files) : std::move(body);
  }
  return out;
}

}  // namespace klab::cli
