// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace klab {

// One payload as a flat JSON object. A getter of a field that is missing or of another type notes
// that and returns an empty value; ask problem() after the last getter.
class FramePayload {
 public:
  static Result<FramePayload> parse(std::string_view bytes);  // kind failed; says what it is not

  // A field besides these is a problem: what it means (a unit, say) would be lost.
  void allow_only(std::initializer_list<std::string_view> fields) const;
  std::string text(std::string_view field) const;  // printable, at most 4096 bytes, as it came otherwise
  std::int64_t whole(std::string_view field) const;
  bool flag(std::string_view field) const;
  double number(std::string_view field) const;  // may be infinite, when the text was out of range
  const std::optional<std::string>& problem() const { return problem_; }

 private:
  const boost::json::value* find(std::string_view field) const;
  void wrong(std::string_view field, std::string_view expected) const;

  boost::json::object object_;
  mutable std::optional<std::string> problem_;
};

}  // namespace klab
