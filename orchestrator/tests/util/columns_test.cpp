// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/columns.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "util/text.hpp"

using namespace klab;

namespace {

std::string utf8(char32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

}  // namespace

// As people know them, not as the table has them: pictures by themselves (Emoji_Presentation), and both ends of scripts.
TEST_CASE("columns: what terminals draw over two columns counts two") {
  const std::vector<std::string> wide{
      "⌚", "⌛", "⏩", "⏪", "⏫", "⏬", "⏰", "⏳", "◽", "◾", "☔", "☕", "♈", "♉", "♊", "♋", "♌", "♍", "♎", "♏", "♐",
      "♑", "♒", "♓", "♿", "⚓", "⚡", "⚪", "⚫", "⚽", "⚾", "⛄", "⛅", "⛎", "⛔", "⛪", "⛲", "⛳", "⛵", "⛺", "⛽", "✅",
      "✊", "✋", "✨", "❌", "❎", "❓", "❔", "❕", "❗", "➕", "➖", "➗", "➰", "➿", "⬛", "⬜", "⭐", "⭕", "🀄", "🃏",
      "🆎", "🆑", "🈁", "🈚", "🌀", "🍏", "🎯", "🏴", "🐧", "👍", "💥", "📈", "📉", "🔥", "😀", "🙏", "🚀", "🛒", "🟢", "🤖",
      "🥇", "🧪", "🫠", "漢", "字", "ひ", "カ", "한", "글", "！", "～", "￥", "　", "〈", "﹏", "㈱", "ㄅ", "ꀀ"};
  for (const auto& text : wide) {
    INFO(text);
    CHECK(columns(text) == 2);
  }
  for (const char32_t code : {0x115F, 0x2329, 0x232A, 0x2E80, 0xA4C6, 0xA97C, 0xD7A3, 0xF900, 0xFE19, 0xFE30, 0xFE6B, 0xFF01, 0xFF60, 0xFFE6,
                              0x16FE0, 0x17000, 0x18CD5, 0x1AFFE, 0x1B000, 0x1B2FB, 0x1F9FF, 0x1FAF8, 0x20000, 0x2FFFD, 0x30000, 0x3FFFD}) {
    INFO(std::hex << static_cast<unsigned long>(code));
    CHECK(columns(utf8(code)) == 2);
  }
}

TEST_CASE("columns: what is beside the wide ones counts one") {
  for (const std::string text : {"a", "é", "ß", "→", "✓", "✗", "★", "☆", "☀", "♥", "⌘", "⏏",
                                "▶", "●", "─", "█", "ｶ", "ﾟ", "€", "µ", "±", "\uFFFD"}) {
    INFO(text);
    CHECK(columns(text) == 1);
  }
}

TEST_CASE("columns: a mark stands on its character, and a picture of a sign is wide") {
  CHECK(columns("n\u0301") == 1);            // as some systems write an accent
  CHECK(columns("e\u0302\u0323") == 1);      // two of them
  CHECK(columns("か\u3099") == 2);
  CHECK(columns("ก\u0E34\u0E48") == 1);
  CHECK(columns("❤") == 1);
  CHECK(columns("❤\uFE0F") == 2);
  CHECK(columns("⚡\uFE0F") == 2);
  CHECK(columns("1\uFE0F\u20E3") == 2);
  CHECK(columns("Mu\u0308ller 漢字 ✅") == 14);
}

TEST_CASE("columns: marks without end make no line without end") {
  std::string tall = "a";
  for (int i = 0; i < 1000; ++i) tall += "\u0301";
  // Two stand on the letter; from there on every third counts and carries two more.
  CHECK(columns(tall) == 1 + 333);
  CHECK(bytes_within(tall, 1) == 5);
  CHECK(bytes_within(tall, 80) <= 80 * 12);
  CHECK(columns("\u0301") == 1);
}

TEST_CASE("columns: what fits is whole characters with their marks") {
  CHECK(bytes_within("", 5) == 0);
  CHECK(bytes_within("abc", 0) == 0);
  CHECK(bytes_within("abc", 2) == 2);
  CHECK(bytes_within("a漢", 2) == 1);
  CHECK(bytes_within("an\u0301b", 2) == 4);
  CHECK(bytes_within("❤\uFE0F", 1) == 0);
  CHECK(bytes_within("漢\xE6", 9) == 4);  // a torn character at the end is a byte
}
