// SPDX-License-Identifier: BSL-1.0
#include "uevent.hpp"

#include "live_source.hpp"
#include "live_source_report.hpp"
#include "sysfs_reader.hpp"
#include "uevent_socket.hpp"

#include "fake_sysfs.hpp"
#include "uevent_data.hpp"

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace hot_add;
using hot_add_test::fake_sysfs;
using hot_add_test::made;
using hot_add_test::recorded;

namespace {

const std::vector<std::string> recorded_names{"cpu_synthetic_add",
                                              "cpu_synthetic_add_uuid",
                                              "cpu_synthetic_change",
                                              "cpu_synthetic_remove",
                                              "cpu_offline",
                                              "cpu_online",
                                              "memory_offline",
                                              "memory_online",
                                              "memory_synthetic_add",
                                              "other_1",
                                              "other_2",
                                              "other_3"};

uevent_error error_of(std::string_view bytes) { return parse_uevent(bytes).error; }

std::uint64_t accounted(const live_counts& c) {
    return c.applied + c.without_change + c.other_subsystem + c.malformed + c.truncated + c.overruns +
           c.foreign + c.errors;
}

/// Two processors and two memory blocks, all online.
void fill(const fake_sysfs& tree) {
    tree.online_list("0-1");
    tree.write("cpu/cpu0/uevent", "");
    tree.processor(1, true);
    tree.memory(0, "online");
    tree.memory(73, "online");
}

live_source started(const fake_sysfs& tree) {
    live_source source{sysfs_reader(tree.root())};
    REQUIRE(source.start() == "");
    return source;
}

constexpr auto processor = unit_kind::processor;
constexpr auto memory = unit_kind::memory;
constexpr auto appeared = change_kind::appeared;
constexpr auto disappeared = change_kind::disappeared;
constexpr auto synthetic_add = change_kind::synthetic_add;
using changes = std::vector<change>;

/// A socket whose results are given; at the end it says timeout.
struct scripted_socket {
    std::deque<receive_result> results;
    std::vector<std::chrono::milliseconds> waits{};

    receive_result receive(std::chrono::milliseconds timeout) {
        waits.push_back(timeout);
        if (results.empty()) {
            return {};
        }
        const receive_result next = results.front();
        results.pop_front();
        return next;
    }
};

receive_result message(std::string_view bytes) { return {receive_status::message, bytes, 0}; }

} // namespace

TEST_CASE("a recorded processor event is parsed into its parts") {
    const std::string bytes = recorded("cpu_offline");
    const uevent_result parsed = parse_uevent(bytes);
    REQUIRE(parsed);
    CHECK(parsed.event.action == "offline");
    CHECK(parsed.event.devpath == "/devices/system/cpu/cpu1");
    CHECK(parsed.event.subsystem == "cpu");
    CHECK(std::to_string(parsed.event.seqnum) == parsed.event.value("SEQNUM"));
    CHECK(parsed.event.seqnum > 0);
    CHECK(parsed.event.value("MODALIAS").value_or("").starts_with("cpu:type:"));
    CHECK(parsed.event.value("MODALIAS").value_or("").ends_with('\n'));
    CHECK(parsed.event.value("NOTHING") == std::nullopt);
    CHECK_FALSE(parsed.event.synthetic());
}

TEST_CASE("a recorded synthetic event says so and carries its arguments") {
    const std::string plain = recorded("cpu_synthetic_add");
    CHECK(parse_uevent(plain).event.value("SYNTH_UUID") == "0");
    const std::string named = recorded("cpu_synthetic_add_uuid");
    CHECK(parse_uevent(named).event.synthetic());
    CHECK(parse_uevent(named).event.value("SYNTH_ARG_REASON") == "test");
}

TEST_CASE("every recorded message is well-formed, and no proper prefix of one is") {
    for (const std::string& name : recorded_names) {
        CAPTURE(name);
        const std::string bytes = recorded(name);
        CHECK(error_of(bytes) == uevent_error::none);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            // Cut to its own heap block, so that a sanitizer sees a read behind the end.
            const std::vector<char> prefix(bytes.begin(),
                                           bytes.begin() + static_cast<std::ptrdiff_t>(length));
            CHECK(error_of({prefix.data(), prefix.size()}) != uevent_error::none);
        }
    }
}

TEST_CASE("each way to be malformed has its own error") {
    const std::string good = made("add", "/devices/system/cpu/cpu1", "cpu");
    REQUIRE(error_of(good) == uevent_error::none);
    const auto without = [&](std::string_view text) {
        std::string bytes = good;
        return bytes.erase(bytes.find(text), text.size());
    };
    const auto with = [&](std::string_view text, std::string_view other) {
        std::string bytes = good;
        return bytes.replace(bytes.find(text), text.size(), other);
    };
    const auto expect = [](uevent_error expected, const std::string& bytes) {
        CAPTURE(bytes);
        CHECK(describe(error_of(bytes)) == describe(expected));
    };
    expect(uevent_error::empty, "");
    expect(uevent_error::not_from_kernel, "libudev\0\xfe\xed\xca\xfe"s);
    expect(uevent_error::truncated, good.substr(0, good.size() - 1));
    expect(uevent_error::truncated, "add@/devices");
    expect(uevent_error::no_header, "\0"s);
    expect(uevent_error::no_header, "@/devices\0"s);
    expect(uevent_error::no_header, "add@devices\0"s);
    expect(uevent_error::no_header, "add@\0"s);
    expect(uevent_error::no_header, without("add@/devices/system/cpu/cpu1\0"s));
    expect(uevent_error::bad_pair, with("SUBSYSTEM=", "SUBSYSTEM "));
    expect(uevent_error::bad_pair, with("SUBSYSTEM=", "="));
    expect(uevent_error::bad_pair, good + '\0');
    expect(uevent_error::duplicate_key, good + "SEQNUM=8\0"s);
    expect(uevent_error::duplicate_key, good + "SUBSYSTEM=cpu\0"s);
    expect(uevent_error::action_mismatch, without("ACTION=add\0"s));
    expect(uevent_error::action_mismatch, with("ACTION=add", "ACTION=remove"));
    expect(uevent_error::devpath_mismatch, without("DEVPATH=/devices/system/cpu/cpu1\0"s));
    expect(uevent_error::devpath_mismatch,
           with("DEVPATH=/devices/system/cpu/cpu1", "DEVPATH=/devices/system/cpu/cpu2"));
    expect(uevent_error::no_subsystem, without("SUBSYSTEM=cpu\0"s));
    expect(uevent_error::no_subsystem, with("SUBSYSTEM=cpu", "SUBSYSTEM="));
    expect(uevent_error::bad_seqnum, without("SEQNUM=7\0"s));
    expect(uevent_error::bad_seqnum, with("SEQNUM=7", "SEQNUM="));
    expect(uevent_error::bad_seqnum, with("SEQNUM=7", "SEQNUM=-7"));
    expect(uevent_error::bad_seqnum, with("SEQNUM=7", "SEQNUM=7x"));
    expect(uevent_error::bad_seqnum, with("SEQNUM=7", "SEQNUM=18446744073709551616"));
    expect(uevent_error::none, with("SEQNUM=7", "SEQNUM=18446744073709551615"));
    expect(uevent_error::none, good + "LATE=a=b\nc\0"s);
    const std::string limit = with("SEQNUM=7", "SEQNUM=18446744073709551615");
    CHECK(parse_uevent(limit).event.seqnum == UINT64_MAX);
}

TEST_CASE("mutated messages never confuse the parser or the accounts") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    std::vector<std::string> seeds;
    for (const std::string& name : recorded_names) {
        seeds.push_back(recorded(name));
    }
    std::mt19937 random(20240607); // the same run everywhere: the engine's numbers are standardised
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
    std::size_t accepted = 0, rejected = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = seeds[below(seeds.size())];
        for (std::size_t change = 1 + below(3); change != 0 && !text.empty(); --change) {
            const std::size_t place = below(text.size());
            switch (below(6)) {
            case 0:
                text[place] = static_cast<char>(below(256));
                break;
            case 1:
                text[place] = "\0=@/\n-09A"[below(9)];
                break;
            case 2:
                text.erase(place, 1 + below(40));
                break;
            case 3: {
                const std::size_t from =
                    below(text.size()); // drawn in two statements: arguments have no order
                text.insert(place, text.substr(from, below(60)));
                break;
            }
            case 4:
                text.resize(place);
                break;
            default:
                text.insert(place, 1, '\0');
                break;
            }
        }
        const std::vector<char> bytes(text.begin(), text.end());
        const std::string_view view(bytes.data(), bytes.size());
        const uevent_result parsed = parse_uevent(view);
        ++(parsed ? accepted : rejected);
        if (parsed) {
            std::size_t length = parsed.event.action.size() + parsed.event.devpath.size() + 2;
            parsed.event.for_each_pair([&](std::string_view key, std::string_view value) {
                length += key.size() + value.size() + 2;
            });
            REQUIRE(length == view.size());
            REQUIRE(parsed.event.value("DEVPATH") == parsed.event.devpath);
        }
        (void)source.take_bytes(view);
        REQUIRE(accounted(source.counts()) == source.counts().received);
    }
    CHECK(accepted > 1000); // else the mutations are too wild to reach the deep checks
    CHECK(rejected > 1000);
    (void)source.reread();
    CHECK(source.believed() == sysfs_reader(tree.root()).read().units);
}

TEST_CASE("index lists are read strictly") {
    using set = std::set<unsigned>;
    CHECK(parse_index_list("0-1,3\n") == set{0, 1, 3});
    CHECK(parse_index_list("5") == set{5});
    CHECK(parse_index_list("\n") == set{});
    CHECK(parse_index_list("") == set{});
    for (const char* bad : {"0-", "-1", "1-0", "0,,1", "0,", ",0", "a", "0 1", "0-1-2", "0-4294967295",
                            "1048576", "99999999999999999999", "+1", "0\n\n"}) {
        CAPTURE(bad);
        CHECK(parse_index_list(bad) == std::nullopt);
    }
}

TEST_CASE("sysfs: processors come from the list, and their own files are believed more") {
    fake_sysfs tree;
    fill(tree);
    tree.online_list("0-2");
    tree.processor(2, false);
    tree.processor(3, true);
    tree.write("cpu/cpu5/uevent", ""); // no file of its own, and not in the list: offline
    tree.write("cpu/cpufreq/online", "1");
    const sysfs_reading reading = sysfs_reader(tree.root()).read();
    REQUIRE(reading);
    CHECK(reading.notes.empty());
    CHECK(reading.units.processors == std::set<unsigned>{0, 1, 3});
    CHECK(sysfs_reader(tree.root()).online(processor, 0));
    CHECK_FALSE(sysfs_reader(tree.root()).online(processor, 2));
    CHECK_FALSE(sysfs_reader(tree.root()).online(processor, 4));
}

TEST_CASE("sysfs: only memory blocks that are online count") {
    fake_sysfs tree;
    fill(tree);
    tree.memory(1, "offline");
    tree.memory(2, "going-offline");
    tree.write("memory/block_size_bytes", "8000000\n");
    const sysfs_reader reader(tree.root());
    CHECK(reader.read().units.memory_blocks == std::set<unsigned>{0, 73});
    CHECK(reader.online(memory, 73));
    CHECK_FALSE(reader.online(memory, 1));
    CHECK_FALSE(reader.online(memory, 5));
    CHECK(reader.memory_block_bytes() == 128u << 20);
}

TEST_CASE("sysfs: missing or odd files are notes") {
    fake_sysfs tree;
    tree.write("cpu/cpu0/uevent", "");
    tree.processor(1, false);
    SUBCASE("no list") {
        const sysfs_reading reading = sysfs_reader(tree.root()).read();
        REQUIRE(reading);
        CHECK(reading.units == unit_sets{{0}, {}});
        CHECK(reading.notes.size() == 2); // no list, no memory
    }
    SUBCASE("a list that is none") {
        tree.online_list("zero");
        const sysfs_reading reading = sysfs_reader(tree.root()).read();
        REQUIRE(reading);
        CHECK(reading.units == unit_sets{{0}, {}});
        CHECK(reading.notes.at(0).find("zero") != std::string::npos);
    }
    SUBCASE("a memory block without state") {
        tree.write("memory/memory4/removable", "1");
        CHECK(sysfs_reader(tree.root()).read().notes.size() == 2);
    }
    CHECK(sysfs_reader(tree.root()).memory_block_bytes() == std::nullopt);
}

TEST_CASE("sysfs: a directory without processors is an error that names it") {
    fake_sysfs tree;
    const sysfs_reading reading = sysfs_reader(tree.root()).read();
    CHECK_FALSE(reading);
    CHECK(reading.error.find(tree.root().string()) != std::string::npos);
    live_source source{sysfs_reader(tree.root())};
    CHECK(source.start() == reading.error);
}

TEST_CASE("recorded offline and online events move a processor and a memory block") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    CHECK(source.take_bytes(recorded("cpu_offline")) == changes{{processor, 1, disappeared}});
    CHECK(source.believed().processors == std::set<unsigned>{0});
    CHECK(source.take_bytes(recorded("memory_offline")) == changes{{memory, 73, disappeared}});
    CHECK(source.believed().memory_blocks == std::set<unsigned>{0});
    CHECK(source.take_bytes(recorded("cpu_online")) == changes{{processor, 1, appeared}});
    CHECK(source.take_bytes(recorded("memory_online")) == changes{{memory, 73, appeared}});
    CHECK(source.believed() == unit_sets{{0, 1}, {0, 73}});
    CHECK(source.counts() == live_counts{.received = 4, .applied = 4});
    CHECK_FALSE(source.reread_due());
}

TEST_CASE("a synthetic add of what exists is an announcement") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    CHECK(source.take_bytes(recorded("cpu_synthetic_add")) == changes{{processor, 1, synthetic_add}});
    CHECK(source.take_bytes(recorded("cpu_synthetic_add_uuid")) == changes{{processor, 1, synthetic_add}});
    CHECK(source.take_bytes(recorded("memory_synthetic_add")) == changes{{memory, 73, synthetic_add}});
    CHECK(source.believed() == unit_sets{{0, 1}, {0, 73}});
}

TEST_CASE("other synthetic events change nothing") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    CHECK(source.take_bytes(recorded("cpu_synthetic_remove")).empty());
    CHECK(source.take_bytes(recorded("cpu_synthetic_change")).empty());
    CHECK(source.take_bytes(made("offline", "/devices/system/cpu/cpu1", "cpu", "SYNTH_UUID=0\0"s)).empty());
    CHECK(source.believed().processors == std::set<unsigned>{0, 1});
    CHECK(source.counts() == live_counts{.received = 3, .without_change = 3});
}

TEST_CASE("an add of what is offline changes nothing until it is online") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    tree.processor(2, false);
    CHECK(source.take_bytes(made("add", "/devices/system/cpu/cpu2", "cpu")).empty());
    CHECK(source.take_bytes(made("online", "/devices/system/cpu/cpu2", "cpu")) ==
          changes{{processor, 2, appeared}});
    tree.memory(5, "online"); // registered online: no event of its own follows
    CHECK(source.take_bytes(made("add", "/devices/system/memory/memory5", "memory")) ==
          changes{{memory, 5, appeared}});
}

TEST_CASE("a removed unit disappears once, and an event that tells nothing new is counted") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    CHECK(source.take_bytes(recorded("cpu_online")).empty()); // stale: sysfs showed it already
    CHECK(source.take_bytes(made("remove", "/devices/system/memory/memory73", "memory")) ==
          changes{{memory, 73, disappeared}});
    CHECK(source.take_bytes(made("remove", "/devices/system/memory/memory73", "memory")).empty());
    CHECK(source.counts() == live_counts{.received = 3, .applied = 1, .without_change = 2});
}

TEST_CASE("events of others are counted and ignored") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    for (const char* name : {"other_1", "other_2", "other_3"}) {
        CHECK(source.take_bytes(recorded(name)).empty());
    }
    // A device's place counts only together with its subsystem, and only whole.
    CHECK(source.take_bytes(made("offline", "/devices/system/cpu/cpu1", "net")).empty());
    CHECK(source.take_bytes(made("offline", "/devices/system/cpu/cpu1/cache", "cpu")).empty());
    CHECK(source.take_bytes(made("offline", "/devices/system/cpu/cpu", "cpu")).empty());
    CHECK(source.take_bytes(made("online", "/devices/system/cpu/cpu99999999999", "cpu")).empty());
    CHECK(source.take_bytes("libudev\0\xfe\xed\xca\xfe"s).empty());
    CHECK(source.counts() == live_counts{.received = 8, .other_subsystem = 7, .foreign = 1});
    CHECK_FALSE(source.reread_due());
    CHECK(source.believed() == unit_sets{{0, 1}, {0, 73}});
}

TEST_CASE("after each kind of loss sysfs is read and the difference told") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    const std::string good = recorded("cpu_offline");
    const std::string cut = good.substr(0, good.size() / 2);
    const std::string torn = "offline@/devices/system/cpu/cpu1\0ACTION=online\0"s;
    receive_result loss;
    live_counts expected{.received = 1, .rereads = 1};
    SUBCASE("overrun") { loss.status = receive_status::overrun, expected.overruns = 1; }
    SUBCASE("truncated by the socket") { loss = {receive_status::truncated, cut, 0}, expected.truncated = 1; }
    SUBCASE("truncated before") { loss = message(cut), expected.truncated = 1; }
    SUBCASE("malformed") { loss = message(torn), expected.malformed = 1; }
    SUBCASE("error") { loss = {receive_status::error, {}, 5}, expected.errors = 1; }
    tree.online_list("0,2");
    tree.processor(1, false);
    tree.processor(2, true);
    tree.memory(73, "offline");
    tree.memory(9, "online");
    scripted_socket socket{{loss}};
    CHECK(source.next(socket, 50ms).empty());
    CHECK(source.reread_due());
    CHECK_FALSE(source.last_problem().empty());
    CHECK(source.next(socket, 50ms) == changes{{processor, 1, disappeared, true},
                                               {memory, 73, disappeared, true},
                                               {processor, 2, appeared, true},
                                               {memory, 9, appeared, true}});
    CHECK_FALSE(source.reread_due());
    CHECK(source.believed() == unit_sets{{0, 2}, {0, 9}});
    CHECK(source.counts() == expected);
    CHECK(socket.waits == std::vector{50ms, 0ms});
}

TEST_CASE("after an overrun the waiting messages are taken before sysfs is read") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    // Processor 1 went offline and online again; the second message was dropped. Reading sysfs at once would
    // find nothing new, and the first message would then take the processor away for good.
    const std::string old = recorded("cpu_offline");
    scripted_socket socket{{{receive_status::overrun, {}, 0}, message(old)}};
    changes seen;
    for (int round = 0; round < 4; ++round) {
        for (const change& one : source.next(socket, 50ms)) {
            seen.push_back(one);
        }
    }
    CHECK(seen == changes{{processor, 1, disappeared}, {processor, 1, appeared, true}});
    CHECK(source.believed().processors == std::set<unsigned>{0, 1});
}

TEST_CASE("a reading that fails is tried again and forgets nothing") {
    fake_sysfs tree;
    fill(tree);
    live_source source = started(tree);
    tree.remove("cpu");
    scripted_socket socket{{{receive_status::overrun, {}, 0}}};
    CHECK(source.next(socket, 50ms).empty());
    CHECK(source.next(socket, 50ms).empty());
    CHECK(source.counts().failed_rereads == 1);
    CHECK(source.reread_due());
    CHECK(source.believed().processors == std::set<unsigned>{0, 1});
    CHECK(socket.waits.back() == 50ms); // it waits between the attempts
    tree.online_list("0");
    CHECK(source.next(socket, 50ms) == changes{{processor, 1, disappeared, true}});
    CHECK(source.counts().rereads == 1);
}

TEST_CASE("reports name everything that happened and nothing else") {
    CHECK(describe(change{processor, 1, appeared}) == "processor 1 appeared");
    CHECK(describe(change{memory, 73, disappeared, true}) == "memory block 73 disappeared (found in sysfs)");
    CHECK(describe(change{processor, 0, synthetic_add}) == "processor 0 announced again");
    CHECK(describe(
              live_counts{.received = 3, .applied = 1, .other_subsystem = 1, .truncated = 1, .rereads = 1}) ==
          "3 messages: 1 applied, 0 without change, 1 of other subsystems, 1 truncated; sysfs read again 1 "
          "times");
}

TEST_CASE("opening the socket gives either a socket or one line of reason") {
    uevent_socket::open_result opened = uevent_socket::open();
    CHECK(opened.socket.has_value() == opened.reason.empty());
    CHECK(opened.reason.find('\n') == std::string::npos);
}

#if defined(__linux__)
TEST_CASE("each reason says what to do, in one line") {
    for (const int error : {EPERM, EACCES, EAFNOSUPPORT, EPROTONOSUPPORT, EINVAL, EMFILE, ENFILE, ENOMEM}) {
        const std::string reason = explain_open_error(error);
        CAPTURE(reason);
        CHECK(reason.find('\n') == std::string::npos);
        CHECK(reason.find("; ") != std::string::npos);
    }
    CHECK(explain_open_error(EPERM).find("not permitted") != std::string::npos);
    CHECK(explain_open_error(EAFNOSUPPORT).find("netlink") != std::string::npos);
}
#endif
