// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_CALLABLE_NODE_HPP
#define ASSENT_CORE_DETAIL_CALLABLE_NODE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/node.hpp>
#include <assent/core/detail/reclamation.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Memory for a T with `tail` bytes behind it, in one allocation. Null: none.
template <class T> void* allocate_with_tail(std::size_t tail) noexcept {
    if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
        return ::operator new(sizeof(T) + tail, std::align_val_t(alignof(T)), std::nothrow);
    } else {
        return ::operator new(sizeof(T) + tail, std::nothrow);
    }
}

template <class T> void free_with_tail(void* memory) noexcept {
    if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
        ::operator delete(memory, std::align_val_t(alignof(T)));
    } else {
        ::operator delete(memory);
    }
}

/// How the callable of a Node is called. `Shape` says it:
///   Shape::invoke(Callable&, const void*), Shape::placeholder(node*, const void*),
///   Shape::withdraw(Callable&, const void* event) noexcept where Shape::two_phase.
/// A shape that has to know whose callable it is takes the node& first, in invoke and withdraw.
template <class Shape, class Node> struct calls {
    static void invoke(node* n, const void* argument) {
        auto& callable = static_cast<Node*>(n)->callable;
        if constexpr (requires { Shape::invoke(*n, callable, argument); }) {
            Shape::invoke(*n, callable, argument);
        } else {
            Shape::invoke(callable, argument);
        }
    }
    static void withdraw(node* n, const void* event) noexcept {
        if constexpr (Shape::two_phase) {
            auto& callable = static_cast<Node*>(n)->callable;
            if constexpr (requires { Shape::withdraw(*n, callable, event); }) {
                Shape::withdraw(*n, callable, event);
            } else {
                Shape::withdraw(callable, event);
            }
        }
    }
};

/// The node of a callable.
template <class Shape, class Callable> struct callable_node : node {
    Callable callable;

    template <class From>
    callable_node(const node_operations& with, From&& from)
        : node(with), callable(std::forward<From>(from)) {}
};

/// A callable_node with its name behind it; its length first, so that a node without a name pays nothing.
template <class Shape, class Callable> struct node_maker {
    using plain = callable_node<Shape, Callable>;
    struct named : plain {
        using plain::plain;
        std::size_t length = 0;
    };

    template <class Node> static void destroy(node* n) noexcept {
        static_cast<Node*>(n)->~Node();
        free_with_tail<Node>(n);
    }
    static std::string_view no_name(const node*) noexcept { return {}; }
    static std::string_view name(const node* n) noexcept {
        const auto* const self = static_cast<const named*>(n);
        return {reinterpret_cast<const char*>(self + 1), self->length};
    }

    template <class Node>
    static constexpr node_operations operations_of(std::string_view (*name_of)(const node*) noexcept) {
        return {{&removal::settle}, &calls<Shape, Node>::invoke,   &Shape::placeholder,
                &destroy<Node>,     &calls<Shape, Node>::withdraw, name_of};
    }
    ASSENT_HIDDEN static inline const node_operations plain_operations = operations_of<plain>(&no_name);
    ASSENT_HIDDEN static inline const node_operations named_operations = operations_of<named>(&name);

    /// Null: no memory. What the callable's own constructor throws passes through; nothing is leaked.
    template <class From> static node* make(std::string_view called, From&& from) {
        if (called.empty()) return construct<plain>(plain_operations, 0, std::forward<From>(from));
        named* const made = construct<named>(named_operations, called.size(), std::forward<From>(from));
        if (made != nullptr) {
            made->length = called.size();
            std::memcpy(static_cast<void*>(made + 1), called.data(), called.size());
        }
        return made;
    }

private:
    template <class Node, class From>
    static Node* construct(const node_operations& with, std::size_t tail, From&& from) {
        void* const memory = allocate_with_tail<Node>(tail);
        if (memory == nullptr) return nullptr;
        ASSENT_TRY { return new (memory) Node(with, std::forward<From>(from)); }
        ASSENT_CATCH_ALL {
            free_with_tail<Node>(memory);
            ASSENT_RETHROW;
        }
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
