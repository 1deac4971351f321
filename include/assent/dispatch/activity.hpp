// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_ACTIVITY_HPP
#define ASSENT_DISPATCH_ACTIVITY_HPP

#include <assent/config.hpp>
#include <assent/dispatch/phase.hpp>

#include <optional>
#include <string_view>

namespace assent::inline ASSENT_ABI {

enum class activity_kind : unsigned char {
    notification, ///< one event, told to everybody whom it concerns
    transaction,  ///< one change, from before the first prepare until after the last commit or abort
    announcement, ///< one change that nobody was asked about
    replay,       ///< what exists, told to a newcomer
    phase,        ///< one phase of a transaction, for everybody
    action,       ///< the change itself
    callback,     ///< one call of one callback
};

/// How an activity ended.
enum class ending : unsigned char {
    done,           ///< a prepare that agreed too
    refused,        ///< a prepare, its phase, or the transaction or replay
    failed,         ///< the action, or the transaction
    timed_out,      ///< the prepare phase, or the transaction
    would_deadlock, ///< the transaction; nobody was asked
    threw,          ///< a callback or the action threw
    cancelled,      ///< the thread ends, which unwinds its stack
};

/// Something a dispatcher does, as its observer is told of it. The views are good until it has ended.
struct activity {
    activity_kind kind;
    std::optional<phase> in_phase; ///< of a phase, and of a callback in a two-phase category
    std::string_view category;     ///< its type's name, as the compiler spells it
    std::string_view name;         ///< of a callback's registration; empty when there was none
    const void* dispatcher;        ///< tells dispatchers of one category apart; not to be followed
};

constexpr std::string_view word_for(phase p) noexcept {
    constexpr std::string_view words[] = {"prepare", "commit", "abort"};
    return words[static_cast<unsigned char>(p)];
}
constexpr std::string_view word_for(activity_kind k) noexcept {
    constexpr std::string_view words[] = {"notification", "transaction", "announcement", "replay",
                                          "phase",        "action",      "callback"};
    return words[static_cast<unsigned char>(k)];
}
constexpr std::string_view word_for(ending e) noexcept {
    constexpr std::string_view words[] = {"done",           "refused", "failed",   "timed out",
                                          "would deadlock", "threw",   "cancelled"};
    return words[static_cast<unsigned char>(e)];
}

/// What to call an activity, piece by piece: `transaction reload`, `prepare`, `prepare 'cache'`, `callback ''`.
template <class Sink> constexpr void describe(const activity& a, Sink&& sink) {
    sink(a.in_phase ? word_for(*a.in_phase) : word_for(a.kind));
    if (a.kind == activity_kind::callback) {
        sink(std::string_view(" '"));
        sink(a.name);
        sink(std::string_view("'"));
    } else if (a.kind != activity_kind::phase && a.kind != activity_kind::action) {
        sink(std::string_view(" "));
        sink(a.category);
    }
}

} // namespace assent::inline ASSENT_ABI

#endif
