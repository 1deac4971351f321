// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_RULES_HPP
#define ASSENT_CORE_RULES_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

/// Who is told of an abort.
enum class abort_audience : unsigned char {
    prepared,     ///< those whose prepare succeeded
    with_refuser, ///< also those who refused
    everyone,     ///< also those who were never asked
};

/// The order in which aborts are told, against that of the prepares.
enum class abort_order : unsigned char { reverse, forward };

/// The order in which commits are told, against that of the prepares.
enum class commit_order : unsigned char { forward, reverse };

/// Whether the rest is asked after a refusal. The first refusal's status stands either way.
enum class after_refusal : unsigned char { stop, ask_rest };

/// What a participant is told that is unregistered while it is prepared.
enum class withdrawn_participant : unsigned char {
    aborted, ///< its abort, before unregister() returns
    silent,  ///< nothing
};

/// The rules of a transaction, each with its default.
struct transaction_rules {
    abort_audience audience = abort_audience::prepared;
    abort_order order = abort_order::reverse;
    after_refusal refusal = after_refusal::stop;
    withdrawn_participant withdrawn = withdrawn_participant::aborted;
    commit_order commits = commit_order::forward;
};

} // namespace assent::inline ASSENT_ABI

#endif
