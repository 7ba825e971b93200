// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/netboot.hpp"

#include <openssl/rand.h>

#include <stdexcept>

#include "util/text.hpp"

namespace klab {

Result<void> check_netboot_line(const std::string& command_line) {
  const auto refuse = [&](std::string_view what) {
    return input_error("cannot boot with the command line \"{}\" over the network: iPXE takes {} for its own; leave it out",
                       printable(command_line), what);
  };
  if (command_line.find("${") != std::string::npos) return refuse("\"${\"");
  for (const auto& word : split(command_line, ' '))
    if (word == "||" || word == "&&") return refuse("\"" + word + "\"");
  if (command_line.find_first_of("\n\r\\\"'#") != std::string::npos) return refuse("quotes, backslashes, \"#\" and line breaks");
  return {};
}

void NetbootBoard::offer(const std::string& token, NetbootOffer offer, NetbootEvents& events) {
  for (const auto& [other, entry] : entries_)
    if (entry->offer.mac == offer.mac) {
      withdraw(other);
      break;
    }
  entries_[token] = std::make_shared<Entry>(Entry{std::move(offer), &events, {}, {}});
}

void NetbootBoard::withdraw(const std::string& token) {
  const auto found = entries_.find(token);
  if (found == entries_.end()) return;
  found->second->events = nullptr;  // whoever is being served holds the entry and sees this
  entries_.erase(found);
}

std::shared_ptr<NetbootBoard::Entry> NetbootBoard::by_mac(const std::string& mac) const {
  for (const auto& [token, entry] : entries_)
    if (entry->offer.mac == mac) return entry;
  return nullptr;
}

std::shared_ptr<NetbootBoard::Entry> NetbootBoard::by_token(const std::string& token) const {
  const auto found = entries_.find(token);
  return found == entries_.end() ? nullptr : found->second;
}

std::string NetbootBoard::token_of(const Entry& entry) const {
  for (const auto& [token, candidate] : entries_)
    if (candidate.get() == &entry) return token;
  return {};
}

bool is_somebody_else(const std::string& arp_table, const std::string& address, const std::string& mac) {
  for (const auto& line : split_lines(arp_table)) {
    auto words = split(line, ' ');
    std::erase(words, "");
    // IP address, HW type, flags, HW address, mask, device; flags 0x0 is an entry without an answer.
    if (words.size() >= 4 && words[0] == address && words[2] != "0x0") return to_lower(words[3]) != mac;
  }
  return false;
}

std::string new_token() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("no random numbers from the operating system");
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

// netX is the interface that the script came through.
std::string first_script(const std::string& base) {
  return "#!ipxe\nchain " + base + "/netboot/${netX/mac:hexhyp} || exit 1\n";
}

std::string boot_script(const std::string& base, const std::string& token, const NetbootOffer& offer) {
  const std::string place = fmt::format("{}/netboot/{}", base, token);
  // A download that breaks off is begun anew until the lab cuts the power. initrd= is for UEFI, where the
  // kernel looks its initramfs up by name.
  return fmt::format(
      "#!ipxe\n"
      "echo klab: {}\n"
      ":again\n"
      "imgfree\n"
      "kernel {}/kernel initrd=initramfs {} klab.net=${{netX/mac}},${{netX/ip}},${{netX/netmask}},${{netX/gateway}} || goto failed\n"
      "initrd --name initramfs {}/initramfs || goto failed\n"
      "boot || goto failed\n"
      ":failed\n"
      "sleep 2\n"
      "goto again\n",
      offer.boot, place, offer.command_line, place);
}

}  // namespace klab
