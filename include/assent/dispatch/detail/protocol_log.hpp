// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_PROTOCOL_LOG_HPP
#define ASSENT_DISPATCH_DETAIL_PROTOCOL_LOG_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/phase.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace assent::inline ASSENT_ABI::detail {

enum class told : unsigned char { agreed, refused, commit, abort, abort_withdrawn, acted };

/// Who was told what in one transaction, and what is wrong with that.
class protocol_log {
public:
    struct participant {
        std::string name;
        int priority = 0;
        std::size_t part = 0;      ///< in which part of the transaction; set when it begins
        std::size_t key = 0;       ///< which of the part's keys; set when it begins
        bool concerned = false;    ///< takes part in the transaction
        bool gone = false;         ///< its callable was destroyed
        bool left = false;         ///< unregistered, perhaps from inside its own callback
        bool unregistered = false; ///< unregister() has returned, and not inside its own callback
    };
    static constexpr std::size_t the_action = static_cast<std::size_t>(-1);

    std::vector<participant> participants;

    /// @param concerns  whether a participant, by its number, hears of this event.
    template <class Concerns> void begin(Concerns concerns) {
        entries_.clear();
        complaints_.clear();
        for (std::size_t who = 0; who < participants.size(); ++who) {
            participant& p = participants[who];
            p.concerned = !p.left && !p.gone && concerns(who);
        }
        running_ = true;
    }
    bool running() const noexcept { return running_; }
    std::size_t join(std::string name, int priority) {
        participants.push_back({.name = std::move(name), .priority = priority});
        return participants.size() - 1;
    }
    /// A participant is called.
    void enter(std::size_t who) {
        if (participants[who].unregistered) complain(who, "is told something after it was unregistered");
    }
    void say(std::size_t who, told what) { entries_.push_back({who, what}); }
    void complain(std::size_t who, const char* what) {
        complaints_.push_back("'" + participants[who].name + "' " + what);
    }

    /// Ends the transaction; what was wrong with it.
    /// @param rules  of each part
    std::vector<std::string> end_joint(std::span<const transaction_rules> rules, bool committed) {
        running_ = false;
        const bool refused = std::any_of(entries_.begin(), entries_.end(),
                                         [](const entry& e) { return e.what == told::refused; });
        for (std::size_t who = 0; who < participants.size(); ++who)
            judge(who, rules[participants[who].concerned ? participants[who].part : 0], committed, refused);
        judge_order(rules);
        if (count(the_action, told::acted) > 1) complaints_.push_back("the action ran twice");
        return std::exchange(complaints_, {});
    }
    std::vector<std::string> end(const transaction_rules& rules, bool committed) {
        return end_joint(std::span(&rules, 1), committed);
    }

private:
    struct entry {
        std::size_t who;
        told what;
    };

    std::ptrdiff_t count(std::size_t who, told what) const {
        return std::count_if(entries_.begin(), entries_.end(),
                             [&](const entry& e) { return e.who == who && e.what == what; });
    }

    void judge(std::size_t who, const transaction_rules& rules, bool committed, bool refused) {
        const participant& p = participants[who];
        const auto agreed = count(who, told::agreed);
        const auto refusals = count(who, told::refused);
        const auto commits = count(who, told::commit);
        const auto aborts = count(who, told::abort);
        const auto withdrawn = count(who, told::abort_withdrawn);
        if (!p.concerned) {
            if (agreed + refusals + commits + aborts > 0)
                complain(who, "hears of a transaction it was not part of");
            return;
        }
        if (agreed + refusals > 1) complain(who, "is asked more than once");
        if (commits > agreed) complain(who, "is told to commit what it did not agree to");
        if (commits > 0 && !committed) complain(who, "commits a change that did not happen");
        const bool left = p.gone || p.left;
        if (withdrawn > 0 && (!left || agreed == 0))
            complain(who, "is told of a withdrawal there was none of");
        const bool may_be_silent = left && rules.withdrawn == withdrawn_participant::silent;
        const auto ends = commits + aborts + withdrawn;
        if (agreed > 0 && ends != 1 && !(ends == 0 && may_be_silent))
            complain(who, ends == 0 ? "is never told how it ended" : "is told the end more than once");
        if (agreed > 0 && aborts > 0 && committed)
            complain(who, "is told of an abort although the change happened");
        if (agreed == 0) {
            const bool hears =
                !committed && (rules.audience == abort_audience::everyone ||
                               (refusals > 0 && rules.audience == abort_audience::with_refuser));
            if (aborts != (hears ? 1 : 0) && !(left && aborts == 0))
                complain(who, hears ? "misses an abort that the rules owe it"
                                    : "hears an abort that is not for it");
            const bool all_asked = !refused || rules.refusal == after_refusal::ask_rest;
            if (refusals == 0 && all_asked && count(the_action, told::acted) > 0 && !left)
                complain(who, "was never asked");
        }
    }

    /// Whether a is told before b where nothing is reversed inside a part.
    bool before(std::size_t a, std::size_t b) const {
        const participant &first = participants[a], &second = participants[b];
        if (first.priority != second.priority) return first.priority > second.priority;
        return std::tie(first.key, a) < std::tie(second.key, b);
    }

    /// Whether b may be told after a in the same phase: parts in their order, or reversed, and so inside a part.
    bool in_order(std::size_t a, std::size_t b, bool parts_reversed, bool reversed) const {
        const std::size_t of_a = participants[a].part, of_b = participants[b].part;
        if (of_a != of_b) return parts_reversed ? of_a > of_b : of_a < of_b;
        return reversed ? before(b, a) : before(a, b);
    }

    void judge_order(std::span<const transaction_rules> rules) {
        bool acted = false, finishing = false;
        const entry* refusal = nullptr;
        const entry* last[3] = {nullptr, nullptr, nullptr};
        for (const entry& e : entries_) {
            if (e.what == told::abort_withdrawn) continue;
            if (e.who == the_action) {
                if (finishing || refusal != nullptr)
                    complaints_.push_back("the action runs although it should not");
                acted = true;
                continue;
            }
            const std::size_t part = participants[e.who].part;
            const transaction_rules& rule = rules[part];
            const bool asked = e.what == told::agreed || e.what == told::refused;
            if (asked && (acted || finishing)) complain(e.who, "is asked too late");
            if (asked && refusal != nullptr &&
                (rule.refusal == after_refusal::stop || participants[refusal->who].part != part))
                complain(e.who, "is asked after a refusal");
            if (e.what == told::commit && !acted) complain(e.who, "commits before the action");
            if (e.what == told::refused && refusal == nullptr) refusal = &e;
            finishing = finishing || !asked;
            const std::size_t group = asked ? 0 : e.what == told::commit ? 1 : 2;
            const bool reversed = group == 1   ? rule.commits == commit_order::reverse
                                  : group == 2 ? rule.order == abort_order::reverse
                                               : false;
            if (last[group] != nullptr && !in_order(last[group]->who, e.who, group == 2, reversed))
                complain(e.who, group == 0   ? "is asked out of order"
                                : group == 1 ? "commits out of order"
                                             : "aborts out of order");
            last[group] = &e;
        }
        if (last[1] != nullptr && last[2] != nullptr) complaints_.push_back("one commits and another aborts");
    }

    std::vector<entry> entries_;
    std::vector<std::string> complaints_;
    bool running_ = false;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
