// SPDX-License-Identifier: BSL-1.0
// hot_add_live_test PROGRAM: runs `PROGRAM --live`, makes the running kernel send events, and sees the drivers
// react. Changes the machine for an instant and puts it back; skipped, with the reason, where that is not
// permitted.
#include "sysfs_reader.hpp"
#include "uevent_socket.hpp"

#include "kernel_trigger.hpp"
#include "state_keeper.hpp"

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <iterator>
#include <optional>
#include <poll.h>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace hot_add;
using namespace hot_add_test;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr auto patience = std::chrono::seconds(20); // only a failing test waits that long

const char* program = nullptr;
unsigned announced = 0; // the processor that main found

/// `hot_add` with arguments, its standard output read line by line. Ended with the object.
class running {
public:
    explicit running(std::vector<std::string> arguments) {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        arguments.insert(arguments.begin(), program);
        std::vector<char*> words;
        for (std::string& word : arguments) words.push_back(word.data());
        words.push_back(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(ends[1], 1);
            ::execv(program, words.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        output_ = ends[0];
        REQUIRE(child_ > 0);
    }
    running(const running&) = delete;
    running& operator=(const running&) = delete;
    ~running() {
        if (child_ > 0) {
            ::kill(child_, SIGKILL);
            ::waitpid(child_, nullptr, 0);
        }
        ::close(output_);
    }

    /// Reads until a line holds all of the words. False: the output ended, or patience did.
    bool prints(const std::vector<std::string>& words) {
        const auto end = clock_type::now() + patience;
        while (const std::optional<std::string> line = next_line(end)) {
            bool all = true;
            for (const std::string& word : words) all = all && line->find(word) != std::string::npos;
            if (all) return true;
        }
        return false;
    }

    void interrupt(int signal_number) const { REQUIRE(::kill(child_, signal_number) == 0); }

    /// Its exit status, or -1: it did not end by itself.
    int wait() {
        const auto end = clock_type::now() + patience;
        while (next_line(end)) {
        }
        if (clock_type::now() >= end) return -1;
        int status = 0;
        REQUIRE(::waitpid(child_, &status, 0) == child_);
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    [[nodiscard]] const std::string& seen() const noexcept { return seen_; }

private:
    std::optional<std::string> next_line(clock_type::time_point end) {
        for (;;) {
            if (const auto feed = unread_.find('\n'); feed != std::string::npos) {
                const std::string line = unread_.substr(0, feed);
                unread_.erase(0, feed + 1);
                seen_ += line + '\n';
                return line;
            }
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock_type::now()).count();
            pollfd waiting{output_, POLLIN, 0};
            if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return std::nullopt;
            char part[4096];
            const ssize_t length = ::read(output_, part, sizeof part);
            if (length <= 0) return std::nullopt;
            unread_.append(part, static_cast<std::size_t>(length));
        }
    }

    pid_t child_ = -1;
    int output_ = -1;
    std::string unread_;
    std::string seen_;
};

/// The partition counts in the order of the kernel's numbers, without their gaps.
std::string counted_index(const std::set<unsigned>& numbers, unsigned number) {
    return std::to_string(std::distance(numbers.begin(), numbers.find(number)));
}

} // namespace

TEST_CASE("what the kernel announces reaches the drivers, and a signal ends it with all beliefs true") {
    state_keeper keeper;
    const unit_sets before = sysfs_reader().read().units;
    running hot_add({"--live"});
    REQUIRE(hot_add.prints({"host: listens"}));

    REQUIRE(announce_processor(announced) == 0);
    const std::string processor =
        "ACPI#ACPI0007#" + counted_index(before.processors, announced) + " (processor)";
    CHECK(hot_add.prints({"kernel: processor " + std::to_string(announced) + " announced again"}));
    CHECK(hot_add.prints({"adjust", "Removal", processor, "STATUS_SUCCESS"}));
    CHECK(hot_add.prints({"adjust", "Arrival", processor, "STATUS_SUCCESS"}));
    CHECK(hot_add.prints({"latecomer", "Arrival", processor, "STATUS_SUCCESS"}));

    std::string why;
    if (const std::optional<unsigned> block = take_memory_block_offline(keeper, why)) {
        const std::string module =
            "ACPI#PNP0C80#" + counted_index(before.memory_blocks, *block) + " (memory)";
        CHECK(hot_add.prints({"adjust", "Removal", module, "STATUS_SUCCESS"}));
        REQUIRE(keeper.restore() == 0);
        CHECK(hot_add.prints({"adjust", "Arrival", module, "STATUS_SUCCESS"}));
        MESSAGE("memory block " << *block);
    } else {
        MESSAGE("without a memory block: " << why);
    }

    hot_add.interrupt(SIGTERM);
    CHECK(hot_add.wait() == 0);
    CHECK(hot_add.seen().find("Every driver believes what is true.") != std::string::npos);
    CHECK(hot_add.seen().find("percpu is unloaded") != std::string::npos);
}

TEST_CASE("a memory block that is offline at the end is believed to be") {
    state_keeper keeper;
    running hot_add({"--live"});
    REQUIRE(hot_add.prints({"host: listens"}));
    std::string why;
    const std::optional<unsigned> block = take_memory_block_offline(keeper, why);
    if (!block) {
        MESSAGE("skipped: " << why);
        return;
    }
    hot_add.interrupt(SIGINT); // at once: what waits is taken before the beliefs are compared
    CHECK(hot_add.wait() == 0);
    CHECK(hot_add.seen().find("memory block " + std::to_string(*block) + " disappeared") !=
          std::string::npos);
    REQUIRE(keeper.restore() == 0);
}

TEST_CASE("--for ends it by itself") {
    const auto begin = clock_type::now();
    running hot_add({"--live", "--for", "0.3"});
    CHECK(hot_add.wait() == 0);
    CHECK(clock_type::now() - begin >= std::chrono::milliseconds(300));
    CHECK(hot_add.seen().find("Every driver believes what is true.") != std::string::npos);
}

int main(int count, char** words) {
    if (count < 2) {
        std::printf("usage: hot_add_live_test PROGRAM\n");
        return 2;
    }
    program = words[1];
    if (const uevent_socket::open_result opened = uevent_socket::open(); !opened.socket) {
        std::printf("skipped: %s\n", opened.reason.c_str());
        return skipped;
    }
    std::string why;
    const std::optional<unsigned> processor = find_announceable_processor(why);
    if (!processor) {
        std::printf("skipped: %s\n", why.c_str());
        return skipped;
    }
    announced = *processor;
    return doctest::Context(count - 1, words + 1).run();
}
