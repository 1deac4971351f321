// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_NODE_HPP
#define ASSENT_CORE_DETAIL_NODE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/record.hpp>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace assent::inline ASSENT_ABI::detail {

struct node;
struct run;

/// Calls the callable in the node. What the second argument points to is between the dispatcher and
/// the code that made the node: an event, or a phase_call.
using invoke_function = void (*)(node*, const void*);

/// What the registry needs of a callable it does not know. Lives in the module that registered it.
struct node_operations : deferred_operations {
    invoke_function invoke;
    /// Stands in the entry until the registration is started; calls nothing.
    invoke_function placeholder;
    /// Destroys the callable and frees the node.
    void (*destroy)(node*) noexcept;
    /// Tells a participant that is withdrawn while prepared; null in one-phase categories.
    void (*withdraw)(node*, const void* event) noexcept;
    std::string_view (*name)(const node*) noexcept;
};

/// Where a participant stands in the running transaction. Written by the thread that runs it, before the
/// position that shows the call is left (release); read by an unregistering thread after it has seen
/// that position left (acquire).
enum class standing : std::uint8_t {
    idle,
    prepared,
    prepared_silent, ///< prepared, and the category's rules tell a withdrawn participant nothing
    refused,
    absent, ///< not started when the transaction began, and no part of it although its entry is
    owed,   ///< not part of the transaction: registered with replay during it, is told after its commit
};

enum class node_state : std::uint8_t {
    dormant,  ///< made, not started: in no block
    live,     ///< its entry stands in the run's current block
    detached, ///< unregistered, or its dispatcher is gone
};

/// One registration: this header, then the callable, in one allocation.
struct node : deferred {
    run* home = nullptr;     ///< set once, under the registry's lock; keeps the registry alive
    std::uint32_t index = 0; ///< in the run's current block; under the registry's lock
    std::atomic<standing> stands{standing::idle};
    std::atomic<node_state> state{node_state::dormant}; ///< written under the registry's lock
    std::atomic<bool> released{false};                  ///< no registration refers to it; see tenancy

    explicit node(const node_operations& made_of) noexcept : deferred{&made_of} {}

    const node_operations& does() const noexcept { return *static_cast<const node_operations*>(operations); }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
