// SPDX-License-Identifier: BSL-1.0
// The live mode with a made-up kernel: messages, most of them recorded ones, and a directory that looks like
// sysfs go in; what the three drivers then believe comes out.
#include "live_session.hpp"

#include "fake_sysfs.hpp"
#include "uevent_data.hpp"

#include <assent/windows/ddi.hpp>
#include <assent/windows/primitives/pool_ledger.hpp>

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace hot_add;
using hot_add_test::fake_sysfs;
using hot_add_test::made;
using hot_add_test::recorded;

namespace {

/// What a test gives it is received; then it says timeout.
struct scripted_socket {
    std::deque<receive_result> results;

    receive_result receive(std::chrono::milliseconds) {
        if (results.empty()) return {};
        const receive_result next = results.front();
        results.pop_front();
        return next;
    }
};

struct beliefs {
    PERCPU_BELIEFS percpu;
    ADJUST_BELIEFS adjust;
    LATECOMER_BELIEFS latecomer;

    beliefs() {
        PercpuQueryBeliefs(&percpu);
        AdjustQueryBeliefs(&adjust);
        LatecomerQueryBeliefs(&latecomer);
    }
};

/// A computer with processors 0 and 1 and memory blocks 0 and 73, and the session that follows it.
struct fixture {
    fake_sysfs tree;
    std::ostringstream out;
    scripted_socket socket;
    live_session session{out, sysfs_reader(tree.root())};

    fixture() {
        tree.write("cpu/possible", "0-7\n");
        online({0, 1});
        tree.memory(0, "online");
        tree.memory(73, "online");
    }
    ~fixture() { CHECK(assent::windows::pool::outstanding() == 0); }

    void start() { REQUIRE(session.start() == ""); }

    void online(const std::vector<unsigned>& processors) {
        std::string list;
        for (const unsigned number : processors) {
            tree.processor(number, true);
            list += (list.empty() ? "" : ",") + std::to_string(number);
        }
        tree.online_list(list);
    }
    void offline(unsigned processor, const std::string& remaining) {
        tree.processor(processor, false);
        tree.online_list(remaining);
    }

    void receive(receive_result result) {
        socket.results.push_back(result);
        session.step(socket, std::chrono::milliseconds::zero());
    }
    void message(std::string_view bytes) { receive({receive_status::message, bytes, 0}); }

    bool finish() { return session.finish(socket); }

    /// The lines about drivers since the last call, without time and thread: "adjust Removal ACPI#PNP0C80#1 (memory)".
    std::vector<std::string> calls() {
        std::vector<std::string> found;
        std::istringstream lines(out.str().substr(read_));
        read_ = out.str().size();
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string time, thread, driver, what, change, event, about;
            words >> time >> thread >> driver >> what >> change >> event >> std::ws;
            std::getline(words, about);
            if (change == "change")
                found.push_back(driver + " " + event + " " + about.substr(0, about.find("  ")));
        }
        return found;
    }

private:
    std::size_t read_ = 0;
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE_FIXTURE(fixture, "the drivers are told of what sysfs shows, hundreds of blocks in one line") {
    start();
    const beliefs b;
    CHECK(b.percpu.Processors == 2);
    CHECK(b.adjust.ProcessorInterfaces == 2);
    CHECK(b.adjust.MemoryInterfaces == 2);
    CHECK(b.latecomer.Processors == 2);
    CHECK(calls() == lines{"percpu Start 2 processors", "percpu Complete 2 processors",
                           "adjust Arrival 2 processor interfaces", "adjust Arrival 2 memory interfaces",
                           "latecomer Start 2 processors", "latecomer Complete 2 processors",
                           "latecomer Arrival 2 processor interfaces"});
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture, "the number of possible processors comes from sysfs") {
    CHECK(possible_processors(sysfs_reader(tree.root()), {{0, 1}, {}}) == 8);
    tree.remove("cpu/possible");
    CHECK(possible_processors(sysfs_reader(tree.root()), {{0, 1}, {}}) == 2);
    tree.write("cpu/possible", "rubbish\n");
    CHECK(possible_processors(sysfs_reader(tree.root()), {{0, 5}, {}}) == 6);
}

TEST_CASE_FIXTURE(fixture, "a recorded processor event takes the interface away, another brings it back") {
    start();
    static_cast<void>(calls());
    offline(1, "0");
    message(recorded("cpu_offline"));
    CHECK(calls() == lines{"adjust Removal ACPI#ACPI0007#1 (processor)",
                           "latecomer Removal ACPI#ACPI0007#1 (processor)"});
    CHECK(beliefs().adjust.ProcessorInterfaces == 1);
    CHECK(beliefs().percpu.Processors == 2); // it is not taken away from the partition
    online({0, 1});
    message(recorded("cpu_online"));
    CHECK(calls() == lines{"adjust Arrival ACPI#ACPI0007#1 (processor)",
                           "latecomer Arrival ACPI#ACPI0007#1 (processor)"});
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture, "a recorded announcement of a present processor lets its interface go and come") {
    start();
    static_cast<void>(calls());
    message(recorded("cpu_synthetic_add"));
    CHECK(calls() == lines{"adjust Removal ACPI#ACPI0007#1 (processor)",
                           "latecomer Removal ACPI#ACPI0007#1 (processor)",
                           "adjust Arrival ACPI#ACPI0007#1 (processor)",
                           "latecomer Arrival ACPI#ACPI0007#1 (processor)"});
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture, "recorded memory events take a module away and bring it back, by its own index") {
    const std::string off = recorded("memory_offline");
    const std::string on = recorded("memory_online");
    const std::string_view path = parse_uevent(off).event.devpath;
    const auto block = index_after(path, "/devices/system/memory/memory");
    REQUIRE(block);
    tree.memory(*block, "online");
    start();
    // Blocks count in order of their numbers: 0, then 73 or the recorded one.
    const std::string module = "ACPI#PNP0C80#" +
                               std::to_string(*block == 0    ? 0
                                              : *block <= 73 ? 1
                                                             : 2) +
                               " (memory)";
    static_cast<void>(calls());
    tree.memory(*block, "offline");
    message(off);
    CHECK(calls() == lines{"adjust Removal " + module});
    tree.memory(*block, "online");
    message(on);
    CHECK(calls() == lines{"adjust Arrival " + module});
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture,
                  "a processor that was never seen before is added, with everything that belongs to it") {
    start();
    static_cast<void>(calls());
    online({0, 1, 5});
    message(made("online", "/devices/system/cpu/cpu5", "cpu"));
    CHECK(calls() == lines{"percpu Start processor 2", "latecomer Start processor 2",
                           "percpu Complete processor 2", "latecomer Complete processor 2",
                           "adjust Arrival ACPI#ACPI0007#2 (processor)",
                           "latecomer Arrival ACPI#ACPI0007#2 (processor)"});
    CHECK(beliefs().percpu.Processors == 3);
    CHECK(beliefs().adjust.Workers == 3);
    // From then on it is known: it goes and comes, and is not added twice.
    offline(5, "0-1");
    message(made("offline", "/devices/system/cpu/cpu5", "cpu"));
    CHECK(calls() == lines{"adjust Removal ACPI#ACPI0007#2 (processor)",
                           "latecomer Removal ACPI#ACPI0007#2 (processor)"});
    CHECK(beliefs().percpu.Processors == 3);
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture, "processors whose numbers have gaps are each their own") {
    tree.remove("cpu/cpu1");
    online({0, 3, 6});
    start();
    static_cast<void>(calls());
    offline(3, "0,6");
    message(made("offline", "/devices/system/cpu/cpu3", "cpu"));
    CHECK(calls() == lines{"adjust Removal ACPI#ACPI0007#1 (processor)",
                           "latecomer Removal ACPI#ACPI0007#1 (processor)"});
    online({0, 5, 6});
    message(made("online", "/devices/system/cpu/cpu5", "cpu"));
    CHECK(calls().front() == "percpu Start processor 3");
    for (const auto& [index, number] :
         {std::pair(0U, 0), std::pair(1U, 3), std::pair(2U, 6), std::pair(3U, 5)}) {
        const auto found = session.machine().partition().processors().number_of(index);
        REQUIRE(found);
        CHECK(found->Number == number);
    }
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture, "a memory block that was never seen before is a new module") {
    start();
    static_cast<void>(calls());
    tree.memory(74, "online");
    message(made("online", "/devices/system/memory/memory74", "memory"));
    CHECK(calls() == lines{"adjust Arrival ACPI#PNP0C80#2 (memory)"});
    CHECK(finish());
}

TEST_CASE_FIXTURE(fixture, "what was lost in an overrun reaches the drivers from sysfs") {
    start();
    static_cast<void>(calls());
    tree.memory(73, "offline");
    online({0, 1, 2});
    receive({receive_status::overrun, {}, 0});
    CHECK(calls().empty()); // sysfs is read when no more messages wait
    session.step(socket, std::chrono::milliseconds::zero());
    CHECK(calls() == lines{"adjust Removal ACPI#PNP0C80#1 (memory)", "percpu Start processor 2",
                           "latecomer Start processor 2", "percpu Complete processor 2",
                           "latecomer Complete processor 2", "adjust Arrival ACPI#ACPI0007#2 (processor)",
                           "latecomer Arrival ACPI#ACPI0007#2 (processor)"});
    CHECK(finish());
    CHECK(out.str().find("lost something: the socket's buffer overran") != std::string::npos);
    CHECK(out.str().find("1 overruns") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "malformed and truncated messages are counted, reported, and nothing is lost") {
    start();
    const std::string whole = recorded("cpu_offline");
    offline(1, "0");
    message(std::string_view(whole).substr(0, whole.size() / 2));
    message("nonsense\0");
    receive({receive_status::truncated, std::string_view(whole).substr(0, 20), 0});
    CHECK(finish()); // it takes what waits, and reads sysfs
    const beliefs b;
    CHECK(b.adjust.Removals == 1);
    CHECK(session.source().counts().malformed + session.source().counts().truncated == 3);
    CHECK(session.source().counts().rereads >= 1);
    CHECK(out.str().find("lost something: a message was malformed") != std::string::npos);
    CHECK(out.str().find("lost something: a message was longer than the buffer") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "a change that nobody told of is noticed at the end") {
    start();
    tree.memory(73, "offline");
    CHECK_FALSE(finish());
    CHECK(out.str().find("WRONG: 1 of these beliefs is not true.") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "a processor that a driver refuses, but the kernel runs, is noticed at the end") {
    start();
    PercpuFailNextAllocations = 1;
    online({0, 1, 2});
    message(made("online", "/devices/system/cpu/cpu2", "cpu"));
    CHECK(out.str().find("addition failed with STATUS_INSUFFICIENT_RESOURCES, rolled back") !=
          std::string::npos);
    CHECK(beliefs().percpu.Processors == 2);
    CHECK_FALSE(finish());
}

TEST_CASE_FIXTURE(fixture, "messages that come at the last moment still count") {
    start();
    const std::string off = recorded("cpu_offline");
    const std::string on = recorded("cpu_online");
    for (int times = 0; times < 5; ++times) {
        socket.results.push_back({receive_status::message, off, 0});
        socket.results.push_back({receive_status::message, on, 0});
    }
    socket.results.push_back({receive_status::message, off, 0});
    offline(1, "0");
    CHECK(finish());
    CHECK(session.source().counts().applied == 11);
}

TEST_CASE("without a sysfs the reason is given") {
    std::ostringstream out;
    live_session session(out, sysfs_reader("/nonexistent"));
    CHECK(session.start().find("no online processor found in /nonexistent/cpu") == 0);
}
