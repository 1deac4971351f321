// SPDX-License-Identifier: BSL-1.0
// The members of a cluster hand the lead over: everybody must be ready, one may veto, and who is too slow does
// not hold up the rest. Who joins late first hears who is there.

#include <assent/assent.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

using namespace std::chrono_literals;

/// Members exist over time: a newcomer can be told of those that are there.
struct membership {
    struct event_type {
        std::string member;
        bool joins;
    };
    using instance_type = std::string;
    static event_type arrival(const std::string& member) { return {member, true}; }
    static event_type removal(const std::string& member) { return {member, false}; }
};

/// The lead goes from one to another; those concerned may refuse.
struct handover {
    struct event_type {
        std::string from;
        std::string to;
    };
    using status_type = bool;
};

struct member {
    std::string name;
    bool catching_up = false;
    std::chrono::milliseconds needs{0};
    std::string leader = "ann";

    bool prepare(const handover::event_type& e) {
        if (catching_up && e.to == name) return false;
        std::this_thread::sleep_for(needs); // stops accepting writes, flushes, ...
        return true;
    }
    void commit(const handover::event_type& e) noexcept {
        leader = e.to;
        std::printf("  %s follows %s\n", name.c_str(), leader.c_str());
    }
    void abort(const handover::event_type&, const assent::abort_reason<bool>& why) noexcept {
        std::printf("  %s stays with %s: %s\n", name.c_str(), leader.c_str(),
                    why.cause == assent::abort_cause::timed_out ? "it took too long" : "somebody refused");
    }
};

int main() {
    assent::dispatcher<membership> members;
    assent::dispatcher<handover> handovers;

    member ann{"ann"};
    member bob{"bob", true};
    member cid{"cid"};
    assent::registration parts[3];
    int next = 0;
    for (member* m : {&ann, &bob, &cid}) {
        parts[next++] = handovers.on({.name = m->name}, assent::borrow(*m));
        members.notify_arrival(m->name);
    }

    std::puts("a monitor starts late:");
    const auto monitor = members.on({.replay = true}, [](const membership::event_type& e) {
        std::printf("  monitor: %s %s\n", e.member.c_str(), e.joins ? "is there" : "has left");
    });

    const auto hand_over = [&](const char* to, std::chrono::milliseconds budget) {
        std::printf("%s hands over to %s:\n", ann.leader.c_str(), to);
        const auto outcome = handovers.transact({ann.leader, to}, [] {}, {.budget = budget});
        switch (outcome.result()) {
        case assent::verdict::committed:
            std::puts("  done");
            break;
        case assent::verdict::refused:
            std::printf("  veto of %.*s\n", static_cast<int>(outcome.refuser().size()),
                        outcome.refuser().data());
            break;
        case assent::verdict::timed_out:
            std::puts("  not in time");
            break;
        default:
            std::puts("  failed");
            break;
        }
    };
    hand_over("bob", 10s); // is still catching up
    bob.catching_up = false;
    bob.needs = 600ms;
    hand_over("bob", 500ms); // the time is looked at between members: cid is not asked any more
    bob.needs = 0ms;
    hand_over("bob", 10s);

    parts[0] = {};
    members.notify_removal("ann");
}
