// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_STORED_NODE_HPP
#define ASSENT_CORE_DETAIL_STORED_NODE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/callable_node.hpp>
#include <assent/core/detail/node.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/core/detail/tenancy.hpp>

#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// The node of a callable in memory that the caller has supplied. Its name is the caller's too.
template <class Callable> struct stored_node : node {
    tenancy& in;
    std::string_view called;
    Callable callable;

    template <class From>
    stored_node(const node_operations& with, tenancy& room, std::string_view name, From&& from)
        : node(with), in(room), called(name), callable(std::forward<From>(from)) {}
};

/// Makes stored nodes.
template <class Shape, class Callable> struct stored_node_maker {
    using made_type = stored_node<Callable>;

    static void destroy(node* n) noexcept {
        auto* const self = static_cast<made_type*>(n);
        tenancy& in = self->in;
        self->callable.~Callable();
        in.vacate();
    }
    static std::string_view name(const node* n) noexcept { return static_cast<const made_type*>(n)->called; }

    ASSENT_HIDDEN static inline const node_operations operations{
        {&removal::settle}, &calls<Shape, made_type>::invoke,   &Shape::placeholder,
        &destroy,           &calls<Shape, made_type>::withdraw, &name};

    /// The storage has been claimed. What the callable's own constructor throws passes through.
    template <class From> static node* make(void* memory, tenancy& in, std::string_view name, From&& from) {
        node* const made = new (memory) made_type(operations, in, name, std::forward<From>(from));
        in.begin(*made);
        return made;
    }
};

/// How the dispatcher comes to the memory in a storage.
struct storage_access {
    template <class Storage> static void* memory(Storage& s) noexcept { return s.memory_; }
    template <class Storage> static tenancy& tenancy_of(Storage& s) noexcept { return s.tenancy_; }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
