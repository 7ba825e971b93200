// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "model/series.hpp"

namespace klab {

// Recipients that are kept of one mail. Whoever is on longer lists is there by get_maintainer.pl, and some servers take no
// mail to more than a few hundred.
inline constexpr std::size_t most_recipients = 200;

// What a reply to the mail `mail` (its headers at least) goes by, names decoded, everything printable. `subject` and
// `sender` are what is known of both already; the latter is taken where From: says no address. Pure, linear.
AnsweredMail answered_mail(std::string_view mail, std::string_view subject, const std::string& sender);

}  // namespace klab
