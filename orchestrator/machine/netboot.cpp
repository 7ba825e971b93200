// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/netboot.hpp"

#include <openssl/rand.h>

#include <stdexcept>
#include <vector>

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

namespace {

// The MAC addresses by which `address` is known: more than one where several networks have it.
std::vector<std::string> macs_of(const std::string& address, const std::string& neighbours) {
  std::vector<std::string> macs;
  for (const auto& line : split_lines(neighbours)) {
    auto words = split(line, ' ');
    std::erase(words, "");
    // IP address, HW type, flags, HW address, mask, device. The flags of an entry with a MAC address, be it
    // reachable, stale or being probed, are 0x2, and 0x6 where a person has set it.
    if (words.size() >= 4 && words[0] == address && (words[2] == "0x2" || words[2] == "0x6")) macs.push_back(to_lower(words[3]));
  }
  return macs;
}

}  // namespace

std::string why_foreign(const NetbootOffer& offer, const std::string& served, const std::string& peer, const std::string& neighbours,
                        bool only_here) {
  const auto& wanted = served.empty() ? offer.address : served;
  if (!wanted.empty() && peer != wanted) return fmt::format("a request for the boot script by {}, where the host is {}", peer, wanted);
  const auto macs = macs_of(peer, neighbours);
  for (const auto& mac : macs)
    if (mac != offer.mac) return fmt::format("a request for the boot script by {}, which has not the MAC address {}", peer, offer.mac);
  if (!macs.empty() || peer == offer.address || only_here) return {};
  return fmt::format("a request for the boot script by {}, which is no neighbour of this computer: whether it has the MAC address {} cannot be "
                     "seen; give host \"{}\" its address if it is behind a router",
                     peer, offer.mac, offer.host);
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
