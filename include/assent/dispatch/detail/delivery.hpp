// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_DELIVERY_HPP
#define ASSENT_DISPATCH_DETAIL_DELIVERY_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/walk.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/detail/kept_channels.hpp>
#include <assent/dispatch/detail/observation.hpp>
#include <assent/dispatch/detail/run_transaction.hpp>
#include <assent/dispatch/detail/state.hpp>
#include <assent/dispatch/detail/transaction_source.hpp>
#include <assent/dispatch/detail/turn.hpp>
#include <assent/dispatch/phase.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// How events and changes reach the registered: the verbs of a dispatcher.
template <class C, class Policy> struct delivery {
    using state_type = state<C, Policy>;
    using event_type = event_type_of<C>;
    static constexpr threading threads = threads_of<Policy>();

    ASSENT_INLINED static void notify(state_type& s, const event_type& event) {
        if constexpr (state_type::ticketed) {
            in_turn(
                s, [&](first_exception& thrown) { tell(s, event, thrown); },
                [&, &event = event] {
                    return [&s, event](first_exception& thrown) { tell(s, event, thrown); };
                });
        } else {
            tell_at_once(s, event);
        }
    }

    template <class Instance>
    static void notify_instance(state_type& s, const Instance& instance, bool arrives) {
        const auto change = [](state_type& in, const Instance& i, bool comes, first_exception& thrown) {
            if (!remember(in, i, comes)) return;
            tell(in, comes ? C::arrival(i) : C::removal(i), thrown);
        };
        in_turn(
            s, [&](first_exception& thrown) { change(s, instance, arrives, thrown); },
            [&] {
                return [&s, instance, arrives, change](first_exception& thrown) {
                    change(s, instance, arrives, thrown);
                };
            });
    }

    static void announce(state_type& s, const event_type& event) {
        in_turn(
            s, [&](first_exception& thrown) { tell_commit(s, event, thrown); },
            [&] { return [&s, event](first_exception& thrown) { tell_commit(s, event, thrown); }; });
    }

    template <class Instance>
    static void announce_instance(state_type& s, const Instance& instance, bool arrives) {
        const auto change = [](state_type& in, const Instance& i, bool comes, first_exception& thrown) {
            if (!remember(in, i, comes)) return;
            tell_commit(in, comes ? C::arrival(i) : C::removal(i), thrown);
        };
        in_turn(
            s, [&](first_exception& thrown) { change(s, instance, arrives, thrown); },
            [&] {
                return [&s, instance, arrives, change](first_exception& thrown) {
                    change(s, instance, arrives, thrown);
                };
            });
    }

    template <class Action>
    static auto transact(state_type& s, const event_type& event, Action& action,
                         const transaction_rules& rules, std::chrono::nanoseconds budget) {
        return run(s, given_event<C>(event), action, rules, budget);
    }

    /// The event concerns several keys; whoever registered for one of them takes part.
    template <class Key, class Action>
    static auto transact_keys(state_type& s, std::span<const Key> keys, const event_type& event,
                              Action& action, const transaction_rules& rules,
                              std::chrono::nanoseconds budget) {
        return run(s, event_of_keys<C, Key>(keys, event), action, rules, budget);
    }

    /// `instance` is one, or makes one when it is this call's turn.
    template <class Instance, class Action>
    static auto transact_instance(state_type& s, const Instance& instance, bool arrives, Action& action,
                                  const transaction_rules& rules, std::chrono::nanoseconds budget) {
        return run(s, instance_wanted<C, Instance>{instance, arrives}, action, rules, budget);
    }

private:
    /// Keeps the set of what exists. False: it was so already, and nobody is told.
    template <class Instance> static bool remember(state_type& s, const Instance& instance, bool exists) {
        const auto it = std::find(s.instances.begin(), s.instances.end(), instance);
        if ((it != s.instances.end()) == exists) return false;
        if (exists) {
            s.instances.push_back(instance);
        } else {
            s.instances.erase(it);
        }
        return true;
    }

    /// One-phase, without a ticket: the hot path.
    ASSENT_INLINED static void tell_at_once(state_type& s, const event_type& event) {
        observe(s, {activity_kind::notification}, [&]() ASSENT_INLINED {
            if constexpr (keyed<C>) {
                const auto& key = C::key(event);
                call_each_found<threads>(s, &event, [&](auto fence, frame& found, frame& table) {
                    return s.channels.find(key, fence, found, table);
                });
            } else {
                call_each<threads>(s, s.channels.all, &event);
            }
            return ending::done;
        });
    }

    /// One-phase: calls everybody.
    static void tell(state_type& s, const event_type& event, first_exception& thrown) {
        const auto call_one = [&](invoke_function invoke, node* n) {
            thrown.guard([&] { invoke(n, &event); });
        };
        observe(s, {activity_kind::notification}, [&] {
            walk_all(s, event, call_one);
            return thrown ? ending::threw : ending::done;
        });
    }

    /// Two-phase: commit without prepare.
    static void tell_commit(state_type& s, const event_type& event, first_exception&) {
        const phase_call call{phase::commit, &event, nullptr, nullptr};
        const auto call_one = [&](invoke_function invoke, node* n) { invoke(n, &call); };
        observe(s, {activity_kind::announcement}, [&] {
            walk_all(s, event, call_one);
            return ending::done;
        });
    }

    /// The ticket, which is held, keeps the state.
    template <class Call> static void walk_all(state_type& s, const event_type& event, Call& call) {
        record& mine = ready_record(s);
        const kept_channels<C, state_type> channels(s, event);
        for (channel* const c : channels.all()) walk(s, *c, mine, call);
    }

    template <class Work> struct operation final : queued_operation {
        state_type& in;
        Work work;
        operation(state_type& s, Work w) : in(s), work(std::move(w)) { in.acquire(); }
        ~operation() override { in.release(); }
        void run() override {
            first_exception thrown;
            work(thrown);
            thrown.rethrow();
        }
    };

    /// Does `now` when it is this call's turn; from inside a callback, or where waiting would close a cycle,
    /// leaves what later() makes to whoever holds the ticket.
    template <class Now, class Later> static void in_turn(state_type& s, Now now, Later later) {
        for (;;) {
            turn_scope<state_type> turn(s);
            if (turn.enter() == admission::entered) {
                first_exception thrown;
                thrown.guard([&] { now(thrown); });
                turn.leave(thrown);
                thrown.rethrow();
                return;
            }
            using work = decltype(later());
            auto queued = std::unique_ptr<operation<work>>(new (std::nothrow) operation<work>(s, later()));
            if (queued == nullptr) out_of_memory();
            if (s.turn.queue(*queued)) {
                static_cast<void>(queued.release());
                return;
            }
        }
    }

    /// A transaction of this dispatcher alone.
    template <class Wanted, class Action>
    static auto run(state_type& s, const Wanted& what, Action& action, const transaction_rules& rules,
                    std::chrono::nanoseconds budget) {
        const auto answer = [](auto& t) { return std::move(t.template part<0>().result(t.result())); };
        return run_transaction(answer, action, budget, wanted_part<C, Policy, Wanted>{s, what, rules});
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
