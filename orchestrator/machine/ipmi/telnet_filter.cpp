// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/console_line.hpp"

namespace klab {
namespace {

// RFC 854.
constexpr unsigned char kIac = 255, kDont = 254, kDo = 253, kWont = 252, kWill = 251, kSub = 250, kSubEnd = 240;

}  // namespace

std::string TelnetFilter::take(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    switch (state_) {
      case State::text:
        if (byte == kIac) state_ = State::command;
        else text += c;
        break;
      case State::command:
        state_ = State::text;
        if (byte == kIac) text += c;
        else if (byte == kSub) state_ = State::sub;
        else if (byte >= kWill) verb_ = byte, state_ = State::option;
        break;
      case State::option:
        state_ = State::text;
        // What is declined already needs no answer, or both ends would go on for ever.
        if (verb_ == kDo || verb_ == kWill) {
          answer_ += static_cast<char>(kIac);
          answer_ += static_cast<char>(verb_ == kDo ? kWont : kDont);
          answer_ += c;
        }
        break;
      case State::sub:
        if (byte == kIac) state_ = State::sub_command;
        break;
      case State::sub_command: state_ = byte == kSubEnd ? State::text : State::sub; break;
    }
  }
  return text;
}

}  // namespace klab
